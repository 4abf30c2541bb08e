import type { IterationSteps, MetricName, RunSteps } from './run-steps.ts'

/** Which part of the axis a chart shows. */
export interface Scope {
  /** null = all iterations. */
  iteration: number | null
  from: number
  to: number
}

export function scopeOf({ iterations, end }: RunSteps, iteration: number | null): Scope {
  const one = iterations.find((known) => known.iteration === iteration)
  if (!one) return { iteration: null, from: 0, to: end }
  return { iteration, from: one.startsAt, to: one.startsAt + Math.max(1, one.totalSteps) }
}

export const shownIterations = ({ iterations }: RunSteps, { iteration }: Scope): readonly IterationSteps[] =>
  iteration === null ? iterations : iterations.filter((known) => known.iteration === iteration)

type Column = (number | null)[]

/**
 * x, then a raw and a smoothed line for each metric, with null between iterations so that nothing is drawn across. Where
 * more than two steps fall on a pixel, each pixel keeps its smallest and its largest value, in the order they came: what is
 * drawn is the same, and 100,000 steps are about 2,000 points.
 */
export function plottedColumns(
  steps: RunSteps,
  scope: Scope,
  metrics: readonly MetricName[],
  pixels: number,
): Column[] {
  const x: Column = []
  const lines: Column[] = metrics.flatMap(() => [[], []])
  const stepsPerPixel = (scope.to - scope.from) / Math.max(1, pixels)
  for (const known of shownIterations(steps, scope)) {
    if (x.length > 0) {
      x.push(known.startsAt - 0.5)
      for (const line of lines) line.push(null)
    }
    const width = Math.max(1, Math.ceil(known.step.length ? (known.step.at(-1)! + 1) / stepsPerPixel : 1))
    const bucket = known.length <= 2 * width ? 1 : Math.ceil(known.length / width)
    if (bucket === 1) pushAll(x, lines, known, metrics)
    else pushExtremes(x, lines, known, metrics, bucket)
  }
  return [x, ...lines]
}

const orNull = (value: number | undefined): number | null =>
  value === undefined || Number.isNaN(value) ? null : value

function pushAll(x: Column, lines: Column[], known: IterationSteps, metrics: readonly MetricName[]): void {
  for (let i = 0; i < known.length; i++) x.push(known.startsAt + known.step[i]!)
  for (const [m, name] of metrics.entries()) {
    const raw = known.raw[name]
    const smooth = known.smooth[name]
    for (let i = 0; i < known.length; i++) {
      lines[2 * m]!.push(orNull(raw[i]))
      lines[2 * m + 1]!.push(orNull(smooth[i]))
    }
  }
}

function pushExtremes(
  x: Column,
  lines: Column[],
  known: IterationSteps,
  metrics: readonly MetricName[],
  bucket: number,
): void {
  for (let from = 0; from < known.length; from += bucket) {
    const last = Math.min(from + bucket, known.length) - 1
    x.push(known.startsAt + known.step[from]!, known.startsAt + known.step[last]!)
    for (const [m, name] of metrics.entries()) {
      const raw = known.raw[name]
      let least = -1
      let most = -1
      for (let i = from; i <= last; i++) {
        const value = raw[i]!
        if (Number.isNaN(value)) continue
        if (least < 0 || value < raw[least]!) least = i
        if (most < 0 || value > raw[most]!) most = i
      }
      const smooth = known.smooth[name]
      lines[2 * m]!.push(orNull(raw[Math.min(least, most)]), orNull(raw[Math.max(least, most)]))
      lines[2 * m + 1]!.push(orNull(smooth[from]), orNull(smooth[last]))
    }
  }
}
