import type { PlanForecast, StageSeconds } from '../../contract/app.ts'
import { duration } from '../components/numbers.ts'
import { planStrings as words } from '../strings/plan.ts'

const stages = ['generate', 'train', 'evaluate'] as const

/** The loop's shape: a part for each iteration, wide as it is long, in it its stages. */
export function TimeBar({ forecast: { base, iterations, sft } }: { forecast: PlanForecast }) {
  const parts = [
    { name: words.table.base, seconds: base },
    ...iterations.map((seconds, i) => ({ name: words.forecast.iteration(i), seconds })),
    ...(sft ? [{ name: words.table.sft, seconds: sft }] : []),
  ]
  const totals = stages.map((stage) => ({
    stage,
    seconds: parts.reduce((sum, part) => sum + (part.seconds[stage] ?? 0), 0),
  }))
  return (
    <>
      <ol className="plan-time" aria-label={words.forecast.summary}>
        {parts.map(({ name, seconds }) => (
          <li
            key={name}
            style={{ flexGrow: lengthOf(seconds) }}
            title={words.forecast.barOf(name, inWords(seconds))}
          >
            <span className="plan-time-stages" aria-hidden="true">
              {stages.map(
                (stage) =>
                  seconds[stage] !== null && (
                    <span
                      key={stage}
                      className={`plan-stage ${stage}`}
                      style={{ flexGrow: seconds[stage] }}
                    />
                  ),
              )}
            </span>
            <span className="hint">{name}</span>
            <span className="plan-hidden">{inWords(seconds)}</span>
          </li>
        ))}
      </ol>
      <dl className="plan-key">
        {totals.map(({ stage, seconds }) => (
          <div key={stage}>
            <dt>
              <span className={`plan-swatch ${stage}`} aria-hidden="true" />
              {words.table[stage]}
            </dt>
            <dd className="number">{duration(seconds)}</dd>
          </div>
        ))}
      </dl>
    </>
  )
}

const lengthOf = (seconds: StageSeconds): number =>
  stages.reduce((sum, stage) => sum + (seconds[stage] ?? 0), 0)

const inWords = (seconds: StageSeconds): string =>
  stages
    .filter((stage) => seconds[stage] !== null)
    .map((stage) => `${words.table[stage]} ${duration(seconds[stage] ?? 0)}`)
    .join(', ')
