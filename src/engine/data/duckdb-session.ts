import { DuckDBInstance } from '@duckdb/node-api'
import type { DuckDBConnection } from '@duckdb/node-api'
import { AppError } from '../../contract/errors.ts'

/**
 * One in-memory database for the length of `use`. Extensions are never fetched (json and parquet are linked in), so
 * nothing here needs a network.
 */
export async function withDuckDb<T>(use: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const session = await openDuckDb()
  try {
    return await use(session.connection)
  } finally {
    session.close()
  }
}

export interface DuckDbSession {
  connection: DuckDBConnection
  close(): void
}

export async function openDuckDb(): Promise<DuckDbSession> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '2',
    memory_limit: '1GB',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  const connection = await instance.connect()
  return {
    connection,
    close() {
      connection.closeSync()
      instance.closeSync()
    },
  }
}

/** A text as a literal, without NULs: DuckDB would end the whole query there. */
export function sqlText(text: string): string {
  return `'${text.replaceAll('\0', '').replaceAll("'", "''")}'`
}

export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A path for read_parquet and read_json, which would take `[`, `*` and `?` in a folder's name as a pattern. */
export function sqlPath(path: string): string {
  return sqlText(path.replaceAll(/[[*?]/g, '[$&]'))
}

/** What DuckDB says about a broken file, as the product's error: its first sentence without SQL. */
export function duckDbReadError(error: unknown, path: string, expected: string): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error
  const found = error.message.split('\n')[0]?.trim() ?? 'no message'
  if (/out of memory/i.test(found)) {
    return new AppError(
      'OUT_OF_MEMORY',
      `Reading ${path} needs more memory than allowed: ${found}`,
      { path },
      { cause: error },
    )
  }
  if (/no space left/i.test(found)) {
    return new AppError(
      'DISK_FULL',
      `The disk is full: ${found}. Free some space and run the same again.`,
      { path },
      { cause: error },
    )
  }
  return new AppError(
    'FILE_UNREADABLE',
    `Expected ${expected} at ${path}, found a file that cannot be read: ${found} Fetch or export the file again.`,
    { path, reason: found },
    { cause: error },
  )
}
