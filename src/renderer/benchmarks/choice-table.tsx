import { Icon } from '../components/icon.tsx'
import { fixed } from '../components/numbers.ts'
import type { BenchmarkQuestion } from '../../contract/benchmarks.ts'
import { benchmarksStrings } from '../strings/benchmarks.ts'
import { choiceScores, comparedBy, lowestScore, type ChoiceScore, type ComparedBy } from './choice-scores.ts'
import { points } from './score-format.ts'

const words = benchmarksStrings.questions

/** What one model thinks of a question. */
export interface ChoiceColumn {
  name: string
  question: BenchmarkQuestion
}

/** The choices with what each model gives them, by the number that the task compares. */
export function ChoiceTable({ columns, metric }: { columns: readonly ChoiceColumn[]; metric: string }) {
  const [first] = columns
  if (!first) return null
  const by = comparedBy(first.question, metric)
  const lowest = Math.min(...columns.map(({ question }) => lowestScore(question, metric)))
  const scored = columns.map(({ name, question }) => ({
    name,
    scores: choiceScores(question, metric, lowest),
  }))
  return (
    <div className="bench-table-frame">
      <table className="list number bench-choices">
        <caption className="visually-hidden">{words.choices}</caption>
        <thead>
          <tr>
            <th scope="col">{words.choice}</th>
            {columns.map(({ name }) => (
              <th key={name} scope="col" title={words.barTip}>
                {name} <span className="hint">{words.by[by]}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {first.question.choices.map((text, i) => (
            <tr key={`${i} ${text}`} className={first.question.gold.includes(i) ? 'gold' : undefined}>
              <th scope="row">
                <span className="bench-choice">{text}</span>
                {first.question.gold.includes(i) && (
                  <span className="tag row">
                    <Icon name="check" size={12} />
                    {words.gold}
                  </span>
                )}
              </th>
              {scored.map(({ name, scores }) => (
                <td key={name}>{scores[i] && <Choice score={scores[i]} by={by} />}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Choice({ score, by }: { score: ChoiceScore; by: ComparedBy }) {
  const { logLikelihood, perChar, share, length, isPicked, isGreedy } = score
  const shown =
    by === 'share' ? `${points(share)}%` : by === 'perChar' ? fixed(perChar, 3) : fixed(logLikelihood, 2)
  const told = words.choiceTip(fixed(logLikelihood, 4), fixed(perChar, 4), points(share))
  return (
    <span className="bench-likelihood" title={told}>
      <span className="bench-bar" aria-hidden="true">
        <span className={isPicked ? 'picked' : undefined} style={{ width: `${100 * length}%` }} />
      </span>
      <span className="bench-number">{shown}</span>
      <span className="bench-marks">
        {isPicked && <span className="tag">{words.picked}</span>}
        {isGreedy && (
          <span className="hint" title={words.greedyTip}>
            {words.greedy}
          </span>
        )}
      </span>
      <span className="visually-hidden">{told}</span>
    </span>
  )
}
