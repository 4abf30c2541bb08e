import { statSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type { DuckDBConnection } from '@duckdb/node-api'
import { AppError } from '../../contract/errors.ts'
import type { SampleFiles } from '../../contract/samples-engine.ts'
import { makeScratchFolder } from '../files/scratch-folder.ts'
import { duckDbReadError, sqlPath, sqlText } from './duckdb-session.ts'
import { parquetColumns } from './read-parquet.ts'

/** The pairs of one set as a table of a database of its own. */
export interface SampleTable {
  /** One query at a time, in the order asked; one whose signal is aborted throws CANCELLED. */
  query<T>(signal: AbortSignal | undefined, ask: (connection: DuckDBConnection) => Promise<T>): Promise<T>
  close(): Promise<void>
}

const neededColumns = ['id', 'real', 'generated', 'finish_reason']

/**
 * Reads a set once (0.9 GB of text in 200,000 rows: some seconds) into a database on disk with an index by row, because
 * a Parquet file is read by the 16,384 rows: a page of 100 rows sorted by margin would be the whole file.
 * Errors: FILE_NOT_FOUND, FILE_UNREADABLE, DATASET_UNMAPPED, DISK_FULL.
 */
export async function openSampleTable(files: SampleFiles): Promise<SampleTable> {
  await checkColumns(files.pairsPath)
  const folder = makeScratchFolder('samples')
  const instance = await DuckDBInstance.create(join(folder.path, 'samples.duckdb'), {
    threads: '2',
    memory_limit: '768MB',
    temp_directory: folder.path,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  const connection = await instance.connect()
  let last: Promise<unknown> = Promise.resolve()
  let closed = false
  const table: SampleTable = {
    query(signal, ask) {
      const mine = last.then(async () => {
        if (closed || signal?.aborted) throw nobodyWaits()
        const interrupt = (): void => connection.interrupt()
        signal?.addEventListener('abort', interrupt)
        try {
          return await ask(connection)
        } catch (error) {
          throw signal?.aborted
            ? nobodyWaits(error)
            : duckDbReadError(error, files.pairsPath, 'readable pairs')
        } finally {
          signal?.removeEventListener('abort', interrupt)
        }
      })
      last = mine.catch(() => undefined)
      return mine
    },
    async close() {
      await last
      if (closed) return
      closed = true
      connection.closeSync()
      instance.closeSync()
      folder.remove()
    },
  }
  try {
    await table.query(undefined, (open) => fill(open, files))
    return table
  } catch (error) {
    await table.close()
    throw error
  }
}

const nobodyWaits = (cause?: unknown): AppError =>
  new AppError('CANCELLED', 'Nobody waits for these samples any more.', {}, { cause })

/** What a set's files are now: other bytes make another table. */
export function sampleFilesKey({ pairsPath, answersPath, scoresPath }: SampleFiles): string {
  const stamp = (path: string | null): unknown => {
    const found = path === null ? undefined : statSync(path, { throwIfNoEntry: false })
    return [path, found?.size ?? null, found?.mtimeMs ?? null]
  }
  return JSON.stringify([pairsPath, answersPath, scoresPath].map(stamp))
}

async function checkColumns(path: string): Promise<void> {
  const columns = await parquetColumns(path)
  const missing = neededColumns.filter((name) => !columns.includes(name))
  if (missing.length === 0) return
  throw new AppError(
    'DATASET_UNMAPPED',
    `Expected the columns ${neededColumns.join(', ')} in ${path}; ${missing.join(', ')} are missing. Gather the pairs again.`,
    { path, missing },
  )
}

async function fill(connection: DuckDBConnection, files: SampleFiles): Promise<void> {
  const { pairsPath, answersPath, scoresPath } = files
  const answers = answersPath === null ? noAnswers : answersOf(answersPath)
  const scores = scoresPath === null ? noScores : scoresOf(scoresPath)
  const steps: [string, string, string][] = [
    // Twice the disk of 200,000 rows (0.4 GB) for half of the time.
    ['', 'a setting', "SET force_compression = 'uncompressed'"],
    [answersPath ?? '', 'the new model’s answers', `CREATE TEMP TABLE answer AS ${answers}`],
    [scoresPath ?? '', 'scores of pairs', `CREATE TEMP TABLE score AS ${scores}`],
    [pairsPath, 'a whole Parquet file', `CREATE TABLE sample AS ${samplesOf(pairsPath)}`],
    [pairsPath, 'row numbers', 'CREATE UNIQUE INDEX sample_by_row ON sample (row)'],
  ]
  for (const [path, expected, sql] of steps) {
    try {
      await connection.run(sql)
    } catch (error) {
      throw duckDbReadError(error, path, expected)
    }
  }
}

const samplesOf = (path: string): string => `
  SELECT pair.file_row_number::INTEGER AS row, pair.id AS id, pair."real"[1:-2] AS prompt,
    pair."real"[-1].content AS real_answer, pair.generated[-1].content AS generated_answer,
    pair.finish_reason = 'length' AS capped, trim(real_answer) = trim(generated_answer) AS equal,
    greatest(length(real_answer), length(generated_answer)) AS characters,
    answer.text AS answer, coalesce(answer.capped, false) AS answer_capped,
    score.* EXCLUDE (id)
  FROM read_parquet(${sqlPath(path)}, file_row_number = true) AS pair
  LEFT JOIN answer ON answer.id = pair.id LEFT JOIN score ON score.id = pair.id
  ORDER BY row`

/** One answer an id, so that no pair is shown twice. */
function answersOf(path: string): string {
  const found = path.endsWith('.parquet')
    ? `SELECT id, generated[-1].content AS text, finish_reason = 'length' AS capped FROM read_parquet(${sqlPath(path)})`
    : `SELECT id, greedy AS text, coalesce("greedyFinish" = 'length', false) AS capped FROM read_json(${sqlPath(path)}, ` +
      `format = 'newline_delimited', columns = {id: 'VARCHAR', greedy: 'VARCHAR', "greedyFinish": 'VARCHAR'})`
  return `SELECT id, any_value(text) AS text, any_value(capped) AS capped FROM (${found}) GROUP BY id`
}
const noAnswers = `SELECT '' AS id, '' AS text, false AS capped WHERE false`

const scoreColumns = {
  realReward: 'DOUBLE',
  generatedReward: 'DOUBLE',
  margin: 'DOUBLE',
  realTokens: 'INTEGER',
  generatedTokens: 'INTEGER',
}
const scoreNames = Object.keys(scoreColumns).map((name) => `"${name}"`)
function scoresOf(path: string): string {
  const types = Object.entries({ id: 'VARCHAR', ...scoreColumns }).map(
    ([name, type]) => `"${name}": ${sqlText(type)}`,
  )
  const found = `read_json(${sqlPath(path)}, format = 'newline_delimited', columns = {${types.join(', ')}})`
  return `SELECT id, ${scoreNames.map((name) => `any_value(${name}) AS ${name}`).join(', ')} FROM ${found} GROUP BY id`
}
const noScores = `SELECT '' AS id, ${Object.entries(scoreColumns)
  .map(([name, type]) => `NULL::${type} AS "${name}"`)
  .join(', ')} WHERE false`
