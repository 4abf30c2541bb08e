import type { ComparedRun } from '../../contract/app.ts'
import { digitsOf, roundStep } from '../charts/round-step.ts'
import { smoothing } from '../charts/run-steps.ts'

export type CurveColumn = 'loss' | 'margin' | 'rewardGenerated' | 'accuracy'
export type HorizontalAxis = 'iteration' | 'step' | 'hour'

export interface CurvePart {
  iteration: number
  /** `share` of the chart's width, 0–1. */
  points: { share: number; value: number }[]
}

export interface OverlayScale {
  /** One a run, in their order. */
  lines: CurvePart[][]
  boundaries: { at: number; iteration: number }[]
  low: number
  high: number
  ticks: number[]
  digits: number
}

/** Runs are told apart by their course, not by their noise. The first value stays as it is: every iteration visibly begins where it began. */
function smoothed(values: Float32Array): Float32Array {
  const means = new Float32Array(values.length)
  let mean = values[0] ?? 0
  for (const [i, value] of values.entries()) {
    mean = smoothing * mean + (1 - smoothing) * value
    means[i] = mean
  }
  return means
}

/** Where everything of an overlay lies: iterations at equal width, or all runs along one axis of steps or hours. */
export function overlayScale({
  runs,
  column,
  axis,
  from,
  reference,
}: {
  runs: readonly ComparedRun[]
  column: CurveColumn
  axis: HorizontalAxis
  from?: number | undefined
  reference?: number | undefined
}): OverlayScale {
  const { lines, boundaries } =
    axis === 'iteration' ? byIteration(runs, column) : alongAxis(runs, column, axis)
  const values = lines.flatMap((parts) => parts.flatMap(({ points }) => points.map(({ value }) => value)))
  const all = [
    ...values,
    ...(reference === undefined ? [] : [reference]),
    ...(from === undefined ? [] : [from]),
  ]
  const [least, most] = all.length === 0 ? [0, 1] : [Math.min(...all), Math.max(...all)]
  const step = roundStep((most - least || 1) / 4)
  const low = from ?? Math.floor(least / step) * step
  // A line of one value has room above it.
  const high = Math.max(Math.ceil(most / step) * step, low + step)
  const ticks = Array.from({ length: Math.round((high - low) / step) + 1 }, (_, i) => low + i * step)
  return { lines, boundaries, low, high, ticks, digits: digitsOf(step) }
}

function byIteration(runs: readonly ComparedRun[], column: CurveColumn) {
  const count = Math.max(1, ...runs.flatMap(({ curves }) => curves.map(({ iteration }) => iteration + 1)))
  const lines = runs.map(({ curves }) =>
    curves.map((curve) => {
      const last = Math.max(1, curve.step.at(-1) ?? 1)
      const points = Array.from(smoothed(curve[column]), (value, i) => ({
        share: (curve.iteration + curve.step[i]! / last) / count,
        value,
      }))
      return { iteration: curve.iteration, points }
    }),
  )
  const boundaries = Array.from({ length: count }, (_, iteration) => ({ at: iteration / count, iteration }))
  return { lines, boundaries }
}

function alongAxis(runs: readonly ComparedRun[], column: CurveColumn, axis: 'step' | 'hour') {
  const positions = runs.map(({ curves }) => {
    let start = 0
    return curves.map((curve) => {
      const along = axis === 'step' ? curve.step : curve.hours
      const begin = start
      start += along.at(-1) ?? 0
      return { curve, at: Array.from(along, (value) => begin + value), begin }
    })
  })
  const end = Math.max(1e-9, ...positions.flatMap((parts) => parts.map(({ at }) => at.at(-1) ?? 0)))
  const lines = positions.map((parts) =>
    parts.map(({ curve, at }) => ({
      iteration: curve.iteration,
      points: Array.from(smoothed(curve[column]), (value, i) => ({ share: at[i]! / end, value })),
    })),
  )
  // The first run's alone: the others begin theirs elsewhere.
  const boundaries = (positions[0] ?? []).map(({ curve, begin }) => ({
    at: begin / end,
    iteration: curve.iteration,
  }))
  return { lines, boundaries }
}
