import type { IterationScore, RunSummary } from '../../contract/app.ts'
import { fixed, signed } from '../components/numbers.ts'
import { iterationName } from '../components/progress-line.ts'

const percent = (value: number | null): string => (value === null ? '–' : `${fixed(value * 100, 1)}%`)
const nats = (value: number | null, digits = 2): string => (value === null ? '–' : fixed(value, digits))

const columns: { name: string; of: (score: IterationScore) => string }[] = [
  { name: 'Valid, greedy', of: (score) => percent(score.greedy) },
  { name: 'Valid, sampled', of: (score) => percent(score.sampled) },
  { name: 'Held-out loss, nats', of: (score) => nats(score.nll, 3) },
  { name: 'Reward accuracy', of: (score) => percent(score.rewardAccuracy) },
  { name: 'Margin, nats', of: (score) => (score.margin === null ? '–' : signed(score.margin, 2)) },
  { name: 'KL, nats', of: (score) => nats(score.kl) },
  { name: 'Mean length, tokens', of: (score) => fixed(score.meanTokens, 1) },
]

export function ScoreTable({ run }: { run: RunSummary }) {
  if (run.scores.length === 0) return null
  return (
    <section className="section" aria-label="Scores">
      <h2>Scores on held-out prompts</h2>
      <table className="list">
        <thead>
          <tr>
            <th>Model</th>
            {columns.map(({ name }) => (
              <th key={name} className="end">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {run.scores.map((score) => (
            <tr key={score.iteration}>
              <td className="key">
                {iterationName(score.iteration)}{' '}
                {run.best === score.iteration && <span className="tag">Best</span>}
              </td>
              {columns.map(({ name, of }) => (
                <td key={name} className="end">
                  {of(score)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
