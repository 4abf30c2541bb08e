import type { Interval, Report } from '../../contract/report.ts'
import { axisTicks, chartFrame, polyline, round, spreadLabels, yAxis } from './chart-frame.ts'
import { points } from './number-format.ts'
import { html, type SafeHtml } from './safe-html.ts'

export interface ScoreReference {
  label: string
  value: number
  className: string
}

/** Score per iteration with 95 % intervals; base dotted and SFT dashed as lines, labelled at their right end. */
export function scoreChart(report: Report, score: 'sampled' | 'greedy'): SafeHtml {
  const found = report.iterations.flatMap(({ iteration, evaluation }) => {
    const interval = evaluation.intervals[score]
    return interval ? [{ iteration, interval }] : []
  })
  const references = scoreReferences(report, score)
  if (found.length === 0) return html``
  const spread = found
    .flatMap(({ interval }) => [interval.low, interval.high])
    .concat(references.map(({ value }) => value))
  const [low, high] = paddedRange(spread)
  const frame = chartFrame({ x: [-0.5, found.length - 0.5], y: [low, high], rightRoom: 132 })
  const labels = spreadLabels(
    references.map(({ value }) => frame.y(value)),
    14,
    frame.top,
    frame.bottom,
  )
  const title = score === 'greedy' ? 'Greedy' : `Sampled at temperature ${report.base.evaluation.temperature}`
  const summary = found
    .map(({ iteration, interval }) => `iteration ${iteration} ${points(interval.mean)}`)
    .join(', ')
  return html`<figure>
    <h3>${title}<small>valid answers, points; bars are 95% intervals, own scale</small></h3>
    <svg
      viewBox="0 0 ${frame.width} ${frame.height}"
      role="img"
      aria-label="${title}: ${references.map(({ label, value }) => `${label} ${points(value)}, `)}${summary}"
    >
      ${yAxis(frame, axisTicks(low, high), (tick) => String(Number((tick * 100).toFixed(1))))}
      ${references.map(({ value, className, label }, i) => {
        const y = round(frame.y(value))
        return html`<line
            class="${className}"
            x1="${frame.left}"
            x2="${round(frame.right)}"
            y1="${y}"
            y2="${y}"
          /><text class="label" x="${round(frame.right) + 8}" y="${round(labels[i]!) + 4}"
            >${label} ${points(value)}</text
          >`
      })}
      ${polyline(
        frame,
        found.map(({ interval }, i) => [i, interval.mean] as const),
        'line accent',
      )}
      ${found.map(({ iteration, interval }, i) => point(frame, i, iteration, interval, i === found.length - 1))}
    </svg>
  </figure>`
}

function scoreReferences(report: Report, score: 'sampled' | 'greedy'): ScoreReference[] {
  const references: ScoreReference[] = []
  const add = (label: string, value: number | null, className: string): void => {
    if (value !== null) references.push({ label, value, className })
  }
  add('Base', report.base.evaluation[score], 'ref')
  if (report.sft) add('Equal SFT', report.sft.evaluation[score], 'ref sft')
  if (score === 'sampled') {
    for (const { temperature, sampled } of report.base.temperatures) {
      if (temperature < report.base.evaluation.temperature)
        add(`Base, T ${temperature}`, sampled, 'ref faint')
    }
  }
  return references
}

function point(
  frame: ReturnType<typeof chartFrame>,
  at: number,
  iteration: number,
  interval: Interval,
  last: boolean,
): SafeHtml {
  const x = round(frame.x(at))
  const [low, mean, high] = [frame.y(interval.low), frame.y(interval.mean), frame.y(interval.high)].map(round)
  return html`<path class="whisker" d="M${x} ${low}V${high}M${x - 4} ${low}h8M${x - 4} ${high}h8" />
    <circle class="${last ? 'filled' : 'hollow'}" cx="${x}" cy="${mean}" r="${last ? 5 : 4}" />
    <text class="label strong halo" x="${x + 10}" y="${mean! + 4}">${points(interval.mean)}</text>
    <text class="label${last ? ' strong' : ''}" x="${x}" y="${frame.height - 6}" text-anchor="middle"
      >Iteration ${iteration}</text
    >`
}

function paddedRange(values: readonly number[]): [number, number] {
  const low = Math.min(...values)
  const high = Math.max(...values)
  const room = Math.max(0.01, (high - low) * 0.12)
  return [Math.max(0, low - room), Math.min(1, high + room)]
}
