import type { ReactNode } from 'react'
import type { BenchmarkScore } from '../../contract/benchmarks.ts'
import { whole } from '../components/numbers.ts'
import { benchmarksStrings as words } from '../strings/benchmarks.ts'
import { modelName } from './model-names.ts'
import { points } from './score-format.ts'
import { topValue } from './score-table.ts'

/** Rows of metrics or subjects, a column a model. */
export function ScoreColumns({
  caption,
  first,
  iterations,
  children,
}: {
  caption: string
  first: string
  iterations: readonly number[]
  children: ReactNode
}) {
  return (
    <div className="bench-table-frame">
      <table className="list number bench-columns">
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{first}</th>
            <th scope="col" className="end">
              {words.subjects.questions}
            </th>
            {iterations.map((iteration) => (
              <th key={iteration} scope="col" className="end">
                {modelName(iteration)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  )
}

export function ScoreRow({
  name,
  scores,
  iterations,
  className,
}: {
  name: ReactNode
  scores: ReadonlyMap<number, BenchmarkScore>
  iterations: readonly number[]
  className?: string
}) {
  const top = topValue([...scores.values()].map(({ value }) => value))
  const [any] = scores.values()
  return (
    <tr className={className}>
      <th scope="row">{name}</th>
      <td className="end hint">{any ? whole(any.questions) : ''}</td>
      {iterations.map((iteration) => {
        const score = scores.get(iteration)
        if (!score)
          return (
            <td key={iteration} className="end" title={words.table.notMeasured}>
              {words.table.none}
            </td>
          )
        const error = score.stderr === null ? null : points(score.stderr)
        const isBest = score.value === top
        return (
          <td
            key={iteration}
            className="end"
            title={words.table.cell(
              modelName(iteration),
              words.task(score.task),
              points(score.value),
              error,
              whole(score.questions),
            )}
          >
            {isBest ? <strong>{points(score.value)}</strong> : points(score.value)}
            {error !== null && <span className="hint"> {words.plusMinus(error)}</span>}
          </td>
        )
      })}
    </tr>
  )
}
