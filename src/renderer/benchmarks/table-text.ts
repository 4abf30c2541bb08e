import type { PublishedRow } from '../../contract/app/benchmarks.ts'
import { csvOf } from '../components/csv.ts'
import { fixed } from '../components/numbers.ts'
import { benchmarksStrings as words } from '../strings/benchmarks.ts'
import { modelName } from './model-names.ts'
import { points } from './score-format.ts'
import type { ScoreTable } from './score-table.ts'

/** The table as other programs take it. */

/** Two digits, as such tables are published; a standard error in a column of its own. */
export function tableCsv({ columns, rows }: ScoreTable, published: readonly PublishedRow[]): string {
  const head = [
    words.table.model,
    ...columns.flatMap((task) => [words.task(task), `${words.task(task)} ${words.copy.stderr}`]),
    words.table.average,
    `${words.table.average} ${words.copy.stderr}`,
  ]
  const number = (share: number | null | undefined): string =>
    share === null || share === undefined ? '' : (100 * share).toFixed(2)
  const ours = rows.map(({ iteration, cells, average }) => [
    modelName(iteration),
    ...columns.flatMap((task) => {
      const score = cells.get(task)?.score
      return [number(score?.value), number(score?.stderr)]
    }),
    number(average?.value),
    number(average?.stderr),
  ])
  const theirs = published.map(({ label, source, scores, average }) => [
    `${label} (${source})`,
    ...columns.flatMap((task) => [scores[task]?.toFixed(2) ?? '', '']),
    average.toFixed(2),
    '',
  ])
  return csvOf([head, ...ours, ...theirs])
}

export function tableMarkdown({ columns, rows }: ScoreTable, published: readonly PublishedRow[]): string {
  const cell = (value: number, stderr: number | null, isBest: boolean): string => {
    const text = stderr === null ? points(value) : `${points(value)} ± ${points(stderr)}`
    return isBest ? `**${text}**` : text
  }
  const lines = [
    [words.table.model, ...columns.map(words.task), words.table.average],
    ['---', ...columns.map(() => '---:'), '---:'],
    ...rows.map(({ iteration, cells, average }) => [
      modelName(iteration),
      ...columns.map((task) => {
        const found = cells.get(task)
        return found ? cell(found.score.value, found.score.stderr, found.isBest) : words.table.none
      }),
      average ? cell(average.value, average.stderr, average.isBest) : words.table.none,
    ]),
    ...published.map(({ label, source, scores, average }) => [
      `${label} (${source})`,
      ...columns.map((task) => (scores[task] === undefined ? words.table.none : fixed(scores[task], 2))),
      fixed(average, 2),
    ]),
  ]
  return lines.map((line) => `| ${line.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |\n`).join('')
}
