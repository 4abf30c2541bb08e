import type { RunSummary } from '../../contract/app.ts'
import { fixed } from '../components/numbers.ts'
import { compared, lowerIsBetter } from '../runs/run-score.ts'
import { homeStrings as words } from '../strings/home.ts'

const width = 68
const height = 24
const inset = 4

/** Score by iteration against the base (dotted); the best has the dot. Higher is better, for nll as well. */
export function Sparkline({ run }: { run: RunSummary }) {
  const points = run.scores
    .map((score) => ({ iteration: score.iteration, value: compared(run, score) }))
    .filter((point): point is { iteration: number; value: number } => point.value !== null)
    .toSorted((a, b) => a.iteration - b.iteration)
  const [base] = points
  if (!base || points.length < 2)
    return <span className="hint">{base ? words.sparkline.base : words.recent.noScore}</span>
  const values = points.map(({ value }) => (lowerIsBetter(run) ? -value : value))
  const low = Math.min(...values)
  const span = Math.max(...values) - low || 1
  const x = (i: number): number => inset + (i * (width - 2 * inset)) / (values.length - 1)
  const y = (value: number): number => height - inset - ((value - low) / span) * (height - 2 * inset)
  const best = values.indexOf(Math.max(...values))
  const summary = points.map(({ iteration, value }) => words.sparkline.point(iteration, fixed(value, 3)))
  return (
    <svg width={width} height={height} role="img" aria-label={words.sparkline.summary(summary.join(', '))}>
      <line
        x1={0}
        x2={width}
        y1={y(values[0] ?? 0)}
        y2={y(values[0] ?? 0)}
        stroke="var(--text3)"
        strokeDasharray="1 3"
      />
      <polyline
        points={values.map((value, i) => `${x(i)},${y(value)}`).join(' ')}
        fill="none"
        stroke="var(--text2)"
        strokeWidth="1.5"
      />
      <circle cx={x(best)} cy={y(values[best] ?? 0)} r={2.5} fill="var(--accent)" />
    </svg>
  )
}
