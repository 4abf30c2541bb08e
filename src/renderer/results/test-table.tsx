import type { ResultsView } from '../../contract/app.ts'
import { resultsStrings as words } from '../strings/results.ts'
import { modelName, sftIteration, shortModelName } from './model-name.ts'
import { showClear, showDifference, showScore } from './score-format.ts'

/** The table that settles it: a row a test, a column a model, the model in use tinted, the best of a row in bold. */
export function TestTable({ results }: { results: ResultsView }) {
  const { models, tests, verdict } = results
  const order = [...models].toSorted((a, b) => place(a.iteration) - place(b.iteration))
  return (
    <section className="section results-table" aria-label={words.table.caption}>
      <table className="list number">
        <caption className="visually-hidden">{words.table.caption}</caption>
        <thead>
          <tr>
            <th>{words.table.test}</th>
            <th>{words.table.setting}</th>
            {order.map(({ iteration }) => (
              <th key={iteration} className={`end${iteration === verdict.iteration ? ' in-use' : ''}`}>
                {shortModelName(iteration)}
              </th>
            ))}
            {verdict.iteration !== -1 && (
              <th className="end" colSpan={2}>
                {words.table.against(shortModelName(verdict.iteration))}
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {tests.map((test) => {
            const top = bestOf(test)
            return (
              <tr key={test.id}>
                <td className="key">{test.name}</td>
                <td className="secondary">{test.setting}</td>
                {order.map(({ iteration }) => {
                  const score = test.scores[iteration]
                  return (
                    <td
                      key={iteration}
                      className={`end${iteration === verdict.iteration ? ' in-use' : ''}`}
                      title={score ? interval(score, test.unit) : `${modelName(iteration)}: ${words.none}`}
                      aria-description={score ? interval(score, test.unit) : words.none}
                    >
                      {score ? (
                        score.mean === top ? (
                          <strong>{showScore(score.mean, test.unit)}</strong>
                        ) : (
                          showScore(score.mean, test.unit)
                        )
                      ) : (
                        '–'
                      )}
                    </td>
                  )
                })}
                {verdict.iteration !== -1 && (
                  <>
                    <td
                      className={`end${test.againstBase?.clear && test.againstBase.mean < 0 ? ' worse' : ''}`}
                    >
                      {test.againstBase ? (
                        <strong>{showDifference(test.againstBase, test.unit)}</strong>
                      ) : (
                        '–'
                      )}
                    </td>
                    <td className="end hint">{test.againstBase ? showClear(test.againstBase) : ''}</td>
                  </>
                )}
              </tr>
            )
          })}
        </tbody>
      </table>
    </section>
  )
}

/** Base, plain SFT, then the iterations. */
const place = (iteration: number): number =>
  iteration === -1 ? -2 : iteration === sftIteration ? -1 : iteration

function bestOf({ scores, higherIsBetter }: ResultsView['tests'][number]): number {
  const means = Object.values(scores).map(({ mean }) => mean)
  return higherIsBetter ? Math.max(...means) : Math.min(...means)
}

function interval(
  { mean, low, high }: ResultsView['tests'][number]['scores'][string],
  unit: ResultsView['tests'][number]['unit'],
): string {
  if (low === null || high === null) return `${showScore(mean, unit)} ${words.units[unit]}`
  return words.interval(
    `${showScore(mean, unit)} ${words.units[unit]}`,
    showScore(low, unit),
    showScore(high, unit),
  )
}
