import type { DuckDBConnection } from '@duckdb/node-api'
import type { z } from 'zod'
import {
  type SampleFilter,
  type SampleFiles,
  type SampleLine,
  type SampleOrder,
  type SampleOrderRequest,
  type SampleRow,
  type SampleRowsRequest,
  type SampleSort,
  sampleFilters,
} from '../../contract/samples-engine.ts'
import { sqlText } from './duckdb-session.ts'
import { openSampleTable, sampleFilesKey, type SampleTable } from './sample-table.ts'

/** Sets kept open: this iteration's and the one it is compared with. */
const openTables = 2
const lineCharacters = 160

/** Which rows of a set there are, in order, without their texts. */
export async function sampleOrder(
  request: z.output<typeof SampleOrderRequest>,
  signal?: AbortSignal,
): Promise<SampleOrder> {
  const { filter, search, sort, flagged } = request
  return (await tableOf(request)).query(signal, async (connection) => {
    const conditions = conditionsOf(flagged)
    const found = search === '' ? 'true' : foundIn(search)
    // The search is the only slow part, so its rows are found once for the counts and the order.
    await connection.run(`CREATE OR REPLACE TEMP TABLE found AS SELECT row, id, capped, equal, margin, characters
      FROM sample WHERE ${found}`)
    const counts = await connection.runAndReadAll(
      `SELECT ${sampleFilters.map((name) => `count(*) FILTER (${conditions[name]})::INTEGER`).join(', ')},
        (SELECT count(*)::INTEGER FROM sample) FROM found`,
    )
    const numbers = (counts.getRows()[0] ?? []) as number[]
    const [rows = [], margins = [], lengths = []] = (
      await connection.runAndReadAll(
        `SELECT row, margin, characters FROM found WHERE ${conditions[filter]} ORDER BY ${orders[sort]}, row`,
      )
    ).getColumns() as [number[]?, (number | null)[]?, number[]?]
    return {
      rows: Uint32Array.from(rows),
      margins: Float32Array.from(margins, (margin) => margin ?? Number.NaN),
      lengths: Uint32Array.from(lengths, Number),
      counts: Object.fromEntries(sampleFilters.map((name, i) => [name, numbers[i] ?? 0])) as Record<
        SampleFilter,
        number
      >,
      total: numbers.at(-1) ?? 0,
    }
  })
}

/** What a list shows of these rows, in the order of `rows`; numbers that the file does not have are left out. */
export async function sampleLines(
  { rows, ...files }: z.output<typeof SampleRowsRequest>,
  signal?: AbortSignal,
): Promise<SampleLine[]> {
  const asked = `[m.content for m in prompt if m.role = 'user'][-1]`
  const text = `trim(regexp_replace(substr(coalesce(${asked}, ''), 1, ${2 * lineCharacters}), '\\s+', ' ', 'g'))`
  const found = await select<SampleLine>(files, rows, signal, {
    row: 'row',
    id: 'id',
    line: `substr(${text}, 1, ${lineCharacters})`,
  })
  return inOrder(rows, found)
}

/** Whole rows, in the order of `rows`. */
export async function sampleRows(
  { rows, ...files }: z.output<typeof SampleRowsRequest>,
  signal?: AbortSignal,
): Promise<SampleRow[]> {
  const finish = (column: string): string => `CASE WHEN ${column} THEN 'length' ELSE 'stop' END`
  const scores = ['realReward', 'generatedReward', 'margin', 'realTokens', 'generatedTokens']
  const found = await select<SampleRow>(files, rows, signal, {
    row: 'row',
    id: 'id',
    prompt: 'prompt',
    real: 'real_answer',
    generated: 'generated_answer',
    generatedFinish: finish('capped'),
    answer: 'answer',
    answerFinish: finish('answer_capped'),
    score: `CASE WHEN margin IS NULL THEN NULL ELSE {id: id, ${scores.map((name) => `"${name}": "${name}"`).join(', ')}} END`,
  })
  return inOrder(rows, found)
}

async function select<T>(
  files: SampleFiles,
  rows: readonly number[],
  signal: AbortSignal | undefined,
  columns: Record<string, string>,
): Promise<T[]> {
  if (rows.length === 0) return []
  const fields = Object.entries(columns).map(([name, sql]) => `${sqlText(name)}: ${sql}`)
  return (await tableOf(files)).query(signal, async (connection: DuckDBConnection) => {
    // JSON is the fastest way out of DuckDB for nested columns, see read-parquet.ts.
    const result = await connection.runAndReadAll(
      `SELECT to_json({${fields.join(', ')}})::VARCHAR FROM sample WHERE row IN (${rows.join(', ')})`,
    )
    return (result.getColumns()[0] ?? []).map((text) => JSON.parse(String(text)) as T)
  })
}

function inOrder<T extends { row: number }>(rows: readonly number[], found: readonly T[]): T[] {
  const byRow = new Map(found.map((item) => [item.row, item]))
  return rows.flatMap((row) => byRow.get(row) ?? [])
}

const orders: Record<SampleSort, string> = {
  'largest-margin': 'margin DESC NULLS LAST',
  'smallest-margin': 'margin ASC NULLS LAST',
  longest: 'characters DESC',
  shortest: 'characters ASC',
  file: 'row',
}

const conditionsOf = (flagged: readonly string[]): Record<SampleFilter, string> => ({
  all: 'true',
  wins: 'margin > 0',
  loses: 'margin < 0',
  equal: 'equal',
  capped: 'capped',
  flagged: flagged.length === 0 ? 'false' : `id IN (${flagged.map(sqlText).join(', ')})`,
})

function foundIn(search: string): string {
  const wanted = `lower(${sqlText(search)})`
  const texts = [
    `array_to_string([m.content for m in prompt], chr(10))`,
    'real_answer',
    'generated_answer',
    "coalesce(answer, '')",
  ]
  return `(${texts.map((text) => `contains(lower(${text}), ${wanted})`).join(' OR ')} OR id = ${sqlText(search)})`
}

const tables = new Map<string, Promise<SampleTable>>()

/** Most recently asked last; the oldest is closed, and its file removed. */
async function tableOf({ pairsPath, answersPath, scoresPath }: SampleFiles): Promise<SampleTable> {
  const files = { pairsPath, answersPath, scoresPath }
  const key = sampleFilesKey(files)
  const known = tables.get(key)
  if (known) {
    tables.delete(key)
    tables.set(key, known)
    return known
  }
  const table = openSampleTable(files)
  tables.set(key, table)
  table.catch(() => tables.get(key) === table && tables.delete(key))
  if (tables.size > openTables) {
    const [oldest, unused] = tables.entries().next().value!
    tables.delete(oldest)
    void unused.then(
      (open) => open.close(),
      () => undefined, // it never opened; whoever asked for it was told
    )
  }
  return table
}

/** Closes what is open and removes its files. */
export async function closeSamples(): Promise<void> {
  const open = [...tables.values()]
  tables.clear()
  for (const table of await Promise.allSettled(open))
    if (table.status === 'fulfilled') await table.value.close()
}
