import { open } from 'node:fs/promises'
import type { DatasetRow, PairRow } from '../../contract/chat.ts'
import { publishFile } from '../files/durable-file.ts'
import { fileError, removeFile } from './atomic-file.ts'
import { duckDbReadError, sqlPath, sqlText, withDuckDb } from './duckdb-session.ts'

const spoolColumns =
  "{id: 'VARCHAR', rank: 'BIGINT', prompt: 'STRUCT(\"role\" VARCHAR, \"content\" VARCHAR)[]', real: 'VARCHAR', " +
  "generated: 'VARCHAR', \"check\": 'VARCHAR', finish_reason: 'VARCHAR'}"

const answerList = (column: string) => `list_append(prompt, {'role': 'assistant', 'content': ${column}})`
const datasetColumns = `id, ${answerList('real')} AS real, ${answerList("coalesce(generated, '')")} AS generated, "check"`

/** `dataset`: columns id, real, generated (empty answer), check. `pairs`: generated filled, plus finish_reason. */
export type ParquetKind = 'dataset' | 'pairs'

/** DuckDB holds several buffers of the largest row it is told of; this is its own default. */
const minRowLimitBytes = 16 * 1024 * 1024
const flushCharacters = 1024 * 1024

/**
 * Rows on their way to Parquet: appended to a JSON Lines file beside the target, then turned into Parquet by DuckDB in
 * one pass. Memory stays bounded for any number of rows, and it is faster than DuckDB's appender with nested values.
 */
export interface RowSpool {
  readonly path: string
  readonly rows: number
  /** Bound on the bytes of the longest row. */
  readonly longestBytes: number
  append(row: DatasetRow | PairRow, rank?: number): void
  /** Waits until what was appended is in the file; call it now and then, it is cheap when little is pending. */
  drain(force?: boolean): Promise<void>
  close(): Promise<void>
  /** Closes it and removes its file. */
  discard(): Promise<void>
}

export async function openRowSpool(path: string): Promise<RowSpool> {
  const handle = await open(path, 'w').catch((error: unknown) => {
    throw fileError(error, path, 'write')
  })
  let pending: string[] = []
  let pendingCharacters = 0
  let closed = false
  let rows = 0
  let longestCharacters = 0
  const close = async () => {
    if (closed) return
    closed = true
    await handle.close()
  }
  const drain = async (force = false) => {
    if (pending.length === 0 || (!force && pendingCharacters < flushCharacters)) return
    const text = pending.join('\n') + '\n'
    pending = []
    pendingCharacters = 0
    try {
      await handle.writeFile(text)
    } catch (error) {
      throw fileError(error, path, 'write')
    }
  }
  return {
    path,
    get rows() {
      return rows
    },
    get longestBytes() {
      return 3 * longestCharacters // UTF-8 needs at most three bytes for a UTF-16 unit
    },
    append(row, rank = 0) {
      const line =
        'answer' in row
          ? JSON.stringify({ id: row.id, rank, prompt: row.prompt, real: row.answer, check: row.check })
          : JSON.stringify({
              id: row.id,
              rank,
              prompt: row.prompt,
              real: row.real,
              generated: row.generated,
              check: row.check,
              finish_reason: row.finishReason,
            })
      pending.push(line)
      pendingCharacters += line.length
      longestCharacters = Math.max(longestCharacters, line.length)
      rows += 1
    },
    drain,
    async close() {
      await drain(true)
      await close()
    },
    async discard() {
      await close()
      await removeFile(path)
    },
  }
}

/**
 * Turns closed spools into one Parquet file (zstd), in the order of the spools and of their rows, and publishes it.
 * `where`: a condition on `rank`. Resolves to the number of rows written.
 */
export async function publishParquet(options: {
  path: string
  kind: ParquetKind
  spools: readonly RowSpool[]
  where?: string
}): Promise<number> {
  const { path, kind, spools, where = 'true' } = options
  const temporary = `${path}.tmp`
  const columns = kind === 'pairs' ? `${datasetColumns}, finish_reason` : datasetColumns
  const rowLimitBytes = Math.max(minRowLimitBytes, ...spools.map((s) => s.longestBytes + 1024))
  const files = spools.map((s) => sqlPath(s.path)).join(', ')
  try {
    const rows = await withDuckDb(async (connection) => {
      const result = await connection.run(
        `COPY (SELECT ${columns} FROM read_json([${files}], format = 'newline_delimited', columns = ${spoolColumns}, ` +
          `maximum_object_size = ${rowLimitBytes}) WHERE ${where}) ` +
          `TO ${sqlText(temporary)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 16384)`,
      )
      return result.rowsChanged
    })
    await publishFile(temporary, path)
    return rows
  } catch (error) {
    await removeFile(temporary)
    throw duckDbReadError(fileError(error, path, 'write'), path, 'to write Parquet')
  }
}

/** Writes pairs that fit in memory, whole or not at all. */
export async function writePairsParquet(path: string, rows: readonly PairRow[]): Promise<void> {
  const spool = await openRowSpool(`${path}.rows.tmp`)
  try {
    for (const row of rows) {
      spool.append(row)
      await spool.drain()
    }
    await spool.close()
    await publishParquet({ path, kind: 'pairs', spools: [spool] })
  } finally {
    await spool.discard()
  }
}
