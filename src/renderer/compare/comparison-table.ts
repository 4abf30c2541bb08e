import type { ComparedRun } from '../../contract/app.ts'
import { csvOf } from '../components/csv.ts'
import { compareStrings as words } from '../strings/compare.ts'
import { settingRows } from './setting-rows.ts'
import { columnName } from './twins.ts'

/** Everything that the page compares, as CSV (RFC 4180). */
export function comparisonTable(runs: readonly ComparedRun[]): string {
  const tests = new Map(
    runs.flatMap(({ changes }) => changes.map(({ testId, name }) => [testId, name] as const)),
  )
  const rows = [
    ['', ...runs.map(({ run }, i) => `${run.project}, ${columnName(runs, i)}`)],
    ...settingRows(runs).map(({ name, values }) => [name, ...values]),
    ...[...tests].map(([id, name]) => [
      `${words.changes.title}: ${name}`,
      ...runs.map(({ changes }) => String(changes.find(({ testId }) => testId === id)?.mean ?? '')),
    ]),
  ]
  return csvOf(rows)
}
