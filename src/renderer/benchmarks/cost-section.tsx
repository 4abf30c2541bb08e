import { Tooltip } from '@mantine/core'
import { duration, fixed, gigabytes, whole } from '../components/numbers.ts'
import { Section, Strip } from '../components/sections.tsx'
import { benchmarksStrings } from '../strings/benchmarks.ts'
import { modelName } from './model-names.ts'
import type { ShownCost } from './use-cost.ts'

const words = benchmarksStrings.cost

/** Time and tokens before anything starts: of each task for one model, and in all. */
export function CostSection({
  shown: { cost, fresh, problem },
  models,
  isChosen,
}: {
  shown: ShownCost
  models: readonly number[]
  /** Whether there is anything to measure. */
  isChosen: boolean
}) {
  const isStale = !fresh
  const state = !isChosen || problem ? '' : isStale ? words.measuring : words.updates
  return (
    <Section
      title={words.title}
      actions={
        <span className="hint" role="status">
          {state}
        </span>
      }
    >
      {problem && <Strip kind="error">{problem}</Strip>}
      {!cost && !problem && <p className="secondary">{isChosen ? words.probing : words.none}</p>}
      {cost && (
        <div className={isStale ? 'bench-dimmed' : undefined} aria-busy={isStale && isChosen}>
          <p className="bench-headline number">
            <strong>{duration(cost.seconds * Math.max(1, models.length))}</strong>
            {models.length > 1 && <span className="hint"> {words.each(duration(cost.seconds))}</span>}
          </p>
          <CostTable cost={cost} />
          <Shared cost={cost} />
          {models.length > 1 && <p className="hint">{words.first(modelName(models[0]!))}</p>}
          {cost.peakBytes !== null && <p className="hint">{words.memory(gigabytes(cost.peakBytes))}</p>}
        </div>
      )}
    </Section>
  )
}

type Cost = NonNullable<ShownCost['cost']>
const sum = (cost: Cost, key: 'questions' | 'requests' | 'tokens' | 'tokensUnshared'): number =>
  cost.tasks.reduce((all, task) => all + task[key], 0)

function CostTable({ cost }: { cost: Cost }) {
  return (
    <div className="bench-table-frame">
      <table className="list number bench-cost">
        <caption className="visually-hidden">{words.caption}</caption>
        <thead>
          <tr>
            <th scope="col">{words.task}</th>
            <th scope="col" className="end">
              {words.questions}
            </th>
            <th scope="col" className="end" title={words.requestsTip}>
              {words.requests}
            </th>
            <th scope="col" className="end">
              {words.tokens}
            </th>
            <th scope="col" className="end">
              {words.time}
            </th>
          </tr>
        </thead>
        <tbody>
          {cost.tasks.map(
            ({ task, questions, requests, tokens, tokensUnshared, generatedTokensAtMost, seconds }) => (
              <tr key={task}>
                <th scope="row">{benchmarksStrings.task(task)}</th>
                <td className="end">{whole(questions)}</td>
                <td className="end">{whole(requests)}</td>
                <td className="end">
                  <Tooltip
                    label={words.tokensTip(
                      whole(tokens),
                      whole(tokensUnshared),
                      whole(generatedTokensAtMost),
                    )}
                    multiline
                    w={280}
                  >
                    <span tabIndex={0}>{tokenCount(tokens)}</span>
                  </Tooltip>
                </td>
                <td className="end">{duration(seconds)}</td>
              </tr>
            ),
          )}
          <tr className="bench-total">
            <th scope="row">{words.one}</th>
            <td className="end">{whole(sum(cost, 'questions'))}</td>
            <td className="end">{whole(sum(cost, 'requests'))}</td>
            <td className="end">{tokenCount(sum(cost, 'tokens'))}</td>
            <td className="end">{duration(cost.seconds)}</td>
          </tr>
        </tbody>
      </table>
    </div>
  )
}

/** "12,480", "3.1 M". */
const tokenCount = (tokens: number): string =>
  tokens < 100_000 ? whole(tokens) : words.millions(fixed(tokens / 1e6, 1))

const worthSaying = 1.05

function Shared({ cost }: { cost: Cost }) {
  const times = sum(cost, 'tokensUnshared') / Math.max(1, sum(cost, 'tokens'))
  if (times < worthSaying) return null
  return <p className="hint number">{words.shared(fixed(times, 1))}</p>
}
