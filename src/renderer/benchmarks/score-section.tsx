import { Tooltip } from '@mantine/core'
import type { PublishedRow } from '../../contract/app/benchmarks.ts'
import type { ScoreDifference } from '../../contract/app/results.ts'
import { fixed, whole } from '../components/numbers.ts'
import { Section, Strip } from '../components/sections.tsx'
import { benchmarksStrings } from '../strings/benchmarks.ts'
import { averageDifference, taskDifference, type Differences } from './differences.ts'
import { baseIteration, modelName } from './model-names.ts'
import { change, points, size } from './score-format.ts'
import { metricWords, type ScoreTable, type TableCell, type TableRow } from './score-table.ts'

const words = benchmarksStrings.table

/** A row a model, a column a task; what was published for the same settings stands below, on a ground of its own. */
export function ScoreSection({
  table,
  published,
  whyNone,
  differences,
  onOpen,
}: {
  table: ScoreTable
  published: readonly PublishedRow[]
  whyNone: string | null
  differences: Differences
  onOpen: (evaluationId: number, task: string) => void
}) {
  const base = table.rows.find(({ iteration }) => iteration === baseIteration)
  return (
    <Section title={words.title} hint={words.hint}>
      {table.mixedData.length > 0 && (
        <Strip kind="warning">{words.mixedData(table.mixedData.join(', '))}</Strip>
      )}
      <div className="bench-table-frame">
        <table className="list two-line number bench-table">
          <caption className="visually-hidden">{words.caption}</caption>
          <thead>
            <tr>
              <th scope="col">{words.model}</th>
              {table.columns.map((task) => (
                <th key={task} scope="col" className="end">
                  <TaskName task={task} table={table} />
                </th>
              ))}
              <th scope="col" className="end">
                <Tooltip label={words.averageTip} multiline w={280}>
                  <span tabIndex={0}>{words.average}</span>
                </Tooltip>
              </th>
            </tr>
          </thead>
          <tbody>
            {table.rows.map((row) => (
              <ModelRow
                key={row.iteration}
                row={row}
                base={base && base !== row ? base : null}
                columns={table.columns}
                differences={differences}
                onOpen={onOpen}
              />
            ))}
          </tbody>
          <Published rows={published} columns={table.columns} />
        </table>
      </div>
      {whyNone && <p className="hint">{whyNone}</p>}
    </Section>
  )
}

function TaskName({ task, table }: { task: string; table: ScoreTable }) {
  const title = benchmarksStrings.task(task)
  const score = table.rows.find(({ cells }) => cells.has(task))?.cells.get(task)?.score
  if (!score) return title
  const [metric, about] = metricWords(task, score.metric)
  return (
    <Tooltip label={words.columnTip(title, metric, about, whole(score.questions))} multiline w={300}>
      <span tabIndex={0}>{title}</span>
    </Tooltip>
  )
}

function ModelRow({
  row,
  base,
  columns,
  differences,
  onOpen,
}: {
  row: TableRow
  base: TableRow | null
  columns: readonly string[]
  differences: Differences
  onOpen: (evaluationId: number, task: string) => void
}) {
  const name = modelName(row.iteration)
  const { average } = row
  return (
    <tr>
      <th scope="row">{name}</th>
      {columns.map((task) => {
        const cell = row.cells.get(task)
        return (
          <td key={task} className="end">
            {cell ? (
              <ScoreCell
                name={name}
                task={task}
                cell={cell}
                difference={base && taskDifference(differences, row, base, task)}
                onOpen={() => onOpen(cell.evaluationId, task)}
              />
            ) : (
              <span title={`${name}, ${benchmarksStrings.task(task)}: ${words.notMeasured}`}>
                {words.none}
              </span>
            )}
          </td>
        )
      })}
      <td className="end">
        {average ? (
          <>
            <Value text={points(average.value)} error={average.stderr} isBest={average.isBest} />
            <Change difference={base && averageDifference(differences, row, base)} inWords />
          </>
        ) : (
          <span className="hint" title={words.averageTip}>
            {words.notAll(row.measured)}
          </span>
        )}
      </td>
    </tr>
  )
}

function ScoreCell({
  name,
  task,
  cell: { score, isBest },
  difference,
  onOpen,
}: {
  name: string
  task: string
  cell: TableCell
  difference: ScoreDifference | null
  onOpen: () => void
}) {
  const error = score.stderr === null ? null : points(score.stderr)
  const told = words.cell(
    name,
    benchmarksStrings.task(task),
    points(score.value),
    error,
    whole(score.questions),
  )
  const parts = [told, ...(isBest ? [words.best] : []), ...(difference ? [tell(difference)] : []), words.open]
  return (
    <Tooltip label={parts.join('. ')} multiline w={300}>
      <button type="button" className="link bench-cell" onClick={onOpen}>
        <span className="visually-hidden">{words.cellName(name, benchmarksStrings.task(task))}</span>
        <Value text={points(score.value)} error={score.stderr} isBest={isBest} />
        <Change difference={difference} />
      </button>
    </Tooltip>
  )
}

function Value({ text, error, isBest }: { text: string; error: number | null; isBest: boolean }) {
  return (
    <span className="bench-value">
      {isBest ? <strong title={words.best}>{text}</strong> : text}
      {error !== null && <span className="hint"> {benchmarksStrings.plusMinus(points(error))}</span>}
    </span>
  )
}

function Change({ difference, inWords = false }: { difference: ScoreDifference | null; inWords?: boolean }) {
  if (!difference) return null
  const { mean, half, clear } = difference
  return (
    <span
      className={`bench-change hint${clear && mean < 0 ? ' worse' : ''}`}
      title={inWords ? tell(difference) : undefined}
    >
      {change(mean)}
      {half !== null && ` ${benchmarksStrings.plusMinus(size(half))}`}
      {inWords && clear !== null && `, ${clear ? benchmarksStrings.clear : benchmarksStrings.within}`}
    </span>
  )
}

const tell = ({ mean, half, clear }: ScoreDifference): string =>
  words.change(change(mean), half === null ? null : size(half), clear)

function Published({ rows, columns }: { rows: readonly PublishedRow[]; columns: readonly string[] }) {
  const sources = [...new Set(rows.map(({ source }) => source))]
  return sources.map((source) => (
    <tbody key={source} className="bench-published">
      <tr>
        <th scope="rowgroup" colSpan={columns.length + 2}>
          {words.published}: {source}
        </th>
      </tr>
      {rows
        .filter((row) => row.source === source)
        .map(({ label, scores, average }) => (
          <tr key={label}>
            <th scope="row">{label}</th>
            {columns.map((task) => (
              <td
                key={task}
                className="end"
                title={
                  scores[task] === undefined
                    ? undefined
                    : words.publishedCell(label, benchmarksStrings.task(task), fixed(scores[task], 2), source)
                }
              >
                {scores[task] === undefined ? words.none : fixed(scores[task], 1)}
              </td>
            ))}
            <td className="end" title={words.publishedCell(label, words.average, fixed(average, 2), source)}>
              {fixed(average, 1)}
            </td>
          </tr>
        ))}
    </tbody>
  ))
}
