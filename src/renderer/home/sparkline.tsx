import type { RunSummary } from '../../contract/app.ts'
import { fixed } from '../components/numbers.ts'
import { compared } from '../runs/run-score.ts'

const width = 68
const height = 24
const inset = 4

/** Score by iteration against the base (dotted). */
export function Sparkline({ run }: { run: RunSummary }) {
  const values = run.scores.map((score) => compared(run, score)).filter((value) => value !== null)
  const base = values[0]
  if (base === undefined || values.length < 2)
    return <span className="hint">{base === undefined ? 'No score yet' : 'Base only'}</span>
  const low = Math.min(...values)
  const span = Math.max(...values) - low || 1
  const x = (i: number): number => inset + (i * (width - 2 * inset)) / (values.length - 1)
  const y = (value: number): number => height - inset - ((value - low) / span) * (height - 2 * inset)
  const last = values.length - 1
  return (
    <svg
      width={width}
      height={height}
      role="img"
      aria-label={`Scores: ${values.map((value) => fixed(value, 3)).join(', ')}`}
    >
      <line x1={0} x2={width} y1={y(base)} y2={y(base)} stroke="var(--text3)" strokeDasharray="1 3" />
      <polyline
        points={values.map((value, i) => `${x(i)},${y(value)}`).join(' ')}
        fill="none"
        stroke="var(--text2)"
        strokeWidth="1.5"
      />
      <circle cx={x(last)} cy={y(values[last] ?? base)} r={2.5} fill="var(--accent)" />
    </svg>
  )
}
