import type { CurvePoint, Report } from '../../contract/report.ts'
import {
  axisTicks,
  chartFrame,
  polyline,
  round,
  spreadLabels,
  yAxis,
  type ChartFrame,
} from './chart-frame.ts'
import { fixed } from './number-format.ts'
import { html, type SafeHtml } from './safe-html.ts'

interface Series {
  label: string
  className: string
  /** null: not measured at this step. */
  value: (point: CurvePoint) => number | null
}

interface ChartOptions {
  title: string
  unit: string
  series: readonly Series[]
  /** Values that the axis always shows. */
  include: readonly number[]
  reference?: { value: number; label: string }
  axisLabel: (value: number) => string
}

/** Weight of the previous smoothed value; printed with the chart. */
const smoothing = 0.8

/** Loss, rewards and reward accuracy over the optimizer steps of all iterations, side by side on one step axis. */
export function trainingCharts(report: Report): SafeHtml[] {
  const runs = report.iterations.map(({ iteration, train }) => ({
    iteration,
    curve: train.curve,
    steps: train.steps,
  }))
  if (runs.every(({ curve }) => curve.length < 2)) return []
  return [
    curveChart(runs, {
      title: 'SPIN loss',
      unit: 'nats a pair',
      series: [{ label: 'loss', className: 'text', value: (point) => point.spinLoss }],
      include: [0, Math.LN2],
      reference: { value: Math.LN2, label: 'ln 2 = 0.693, no preference yet' },
      axisLabel: (value) => String(value),
    }),
    curveChart(runs, {
      title: 'Rewards and margin',
      unit: 'nats an answer',
      series: [
        { label: 'margin', className: 'text', value: (point) => point.margin },
        { label: 'human', className: 'human', value: (point) => point.rewardReal },
        { label: 'generated', className: 'generated', value: (point) => point.rewardGenerated },
      ],
      include: [0],
      axisLabel: (value) => fixed(value, Number.isInteger(value) ? 0 : 2),
    }),
    curveChart(runs, {
      title: 'Reward accuracy',
      unit: 'share of pairs with margin above 0',
      series: [{ label: 'accuracy', className: 'text', value: (point) => point.accuracy }],
      include: [0, 1],
      reference: { value: 0.5, label: '50%, coin flip' },
      axisLabel: (value) => `${Math.round(value * 100)}%`,
    }),
    curveChart(runs, {
      title: 'NLL of the human answers',
      unit: 'nats a token, training rows',
      series: [{ label: 'NLL', className: 'human', value: (point) => point.nll }],
      include: [0],
      axisLabel: (value) => String(value),
    }),
    ...measuredCharts(runs),
  ]
}

/** What runs of the first version did not write down: left out where no step has it. */
function measuredCharts(runs: readonly Run[]): SafeHtml[] {
  const isMeasured = (key: 'kl' | 'entropy') =>
    runs.some(({ curve }) => curve.some((point) => point[key] !== null))
  return [
    ...(isMeasured('kl')
      ? [
          curveChart(runs, {
            title: 'KL from the opponent',
            unit: 'nats an answer, on the opponent’s own answers',
            series: [{ label: 'KL', className: 'generated', value: (point) => point.kl }],
            include: [0],
            axisLabel: (value) => String(value),
          }),
        ]
      : []),
    ...(isMeasured('entropy')
      ? [
          curveChart(runs, {
            title: 'Entropy of the policy',
            unit: 'nats a token, on both answers',
            series: [{ label: 'entropy', className: 'text', value: (point) => point.entropy }],
            include: [0],
            axisLabel: (value) => String(value),
          }),
        ]
      : []),
  ]
}

interface Run {
  iteration: number
  curve: readonly CurvePoint[]
  steps: number
}

function curveChart(runs: readonly Run[], options: ChartOptions): SafeHtml {
  const offsets = runs.map((_, i) => runs.slice(0, i).reduce((sum, run) => sum + run.steps, 0))
  const total = runs.reduce((sum, run) => sum + run.steps, 0)
  const lines = options.series.map((series) => {
    const raw = runs.map((run, i) =>
      run.curve.flatMap((point): [number, number][] => {
        const value = series.value(point)
        return value === null ? [] : [[offsets[i]! + point.step, value]]
      }),
    )
    return { series, raw, perRun: raw.map(smooth) }
  })
  const values = lines
    .flatMap(({ raw }) => raw.flat().map(([, value]) => value))
    .concat(options.include)
    .filter(Number.isFinite)
  const low = Math.min(...values)
  const high = Math.max(...values)
  const frame = chartFrame({ x: [0, total], y: [low < 0 ? low * 1.05 : low, high + (high - low) * 0.06] })
  const ends = lines.map(({ perRun }) => perRun.flat().at(-1)?.[1] ?? 0)
  const places = spreadLabels(
    ends.map((end) => frame.y(end)),
    14,
    frame.top,
    frame.bottom,
  )
  const summary = lines.map(({ series }, i) => `${series.label} ends at ${fixed(ends[i]!, 3)}`).join(', ')
  return html`<figure>
    <h3>${options.title}<small>${options.unit}; smoothed ${smoothing} over the raw line</small></h3>
    <svg viewBox="0 0 ${frame.width} ${frame.height}" role="img" aria-label="${options.title}: ${summary}">
      ${yAxis(frame, axisTicks(Math.min(0, low), high), options.axisLabel)}
      ${options.reference && referenceLine(frame, options.reference)}
      ${offsets.slice(1).map((offset) => html`<line class="ref boundary" x1="${round(frame.x(offset))}" x2="${round(frame.x(offset))}" y1="${frame.top}" y2="${frame.bottom}" />`)}
      ${lines.map(({ series, raw }) => raw.map((points) => polyline(frame, points, `raw ${series.className}`)))}
      ${lines.map(({ series, perRun }) => perRun.map((points) => polyline(frame, points, `line ${series.className}`)))}
      ${lines.map(({ series }, i) => html`<text class="label ${series.className}" x="${round(frame.right) + 8}" y="${round(places[i]!) + 4}">${series.label} ${fixed(ends[i]!, 2)}</text>`)}
      ${runs.map(({ iteration, steps }, i) => {
        const middle = round(frame.x(offsets[i]! + steps / 2))
        return html`<text x="${middle}" y="${frame.height - 6}" text-anchor="middle"
          >iteration ${iteration}, ${steps} steps</text
        >`
      })}
    </svg>
  </figure>`
}

function referenceLine(frame: ChartFrame, { value, label }: { value: number; label: string }): SafeHtml {
  const y = round(frame.y(value))
  return html`<line class="ref" x1="${frame.left}" x2="${round(frame.right)}" y1="${y}" y2="${y}" /><text
      x="${round(frame.right) - 4}"
      y="${y - 5}"
      text-anchor="end"
      >${label}</text
    >`
}

/** Exponential smoothing that starts at the first value, so step 0 stands where it was measured. */
function smooth(points: readonly (readonly [number, number])[]): [number, number][] {
  let smoothed = points[0]?.[1] ?? 0
  return points.map(([x, y]) => {
    smoothed = smoothing * smoothed + (1 - smoothing) * y
    return [x, smoothed]
  })
}
