import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import type BetterSqlite3 from 'better-sqlite3'
import { AppError } from '../../contract/errors.ts'

export type Database = BetterSqlite3.Database
export type Value = string | number | null

/** better-sqlite3 13 is built for N-API 10; older runtimes die of SIGSEGV at the first `new Database()`, without a word. */
export const neededNapi = 10

/** Throws RUNTIME_TOO_OLD where loading the native module would crash the process. */
export function checkRuntime(versions: { node: string; napi?: string } = process.versions): void {
  const found = Number(versions.napi ?? 0)
  if (found >= neededNapi) return
  throw new AppError(
    'RUNTIME_TOO_OLD',
    `The run database needs Node 22.14 or newer (N-API ${neededNapi}); this is Node ${versions.node} (N-API ${found}). ` +
      'Start the program with the Node that `npm ci` installs: node_modules/.bin/node.',
    { expected: neededNapi, found, node: versions.node },
  )
}

/**
 * A SQLite connection with this project's settings: WAL, synchronous=NORMAL (a killed process loses nothing; a power
 * cut loses at most the last commits, which resume redoes), foreign keys, five seconds of patience with other writers.
 * Throws RUNTIME_TOO_OLD, FILE_UNREADABLE (not a database, damaged), DISK_FULL, BUSY.
 */
export function openDatabase(path: string): Database {
  checkRuntime()
  // Loaded only behind the check: a static import would be evaluated before it.
  const Sqlite = createRequire(import.meta.url)('better-sqlite3') as typeof BetterSqlite3
  mkdirSync(dirname(path), { recursive: true })
  let db: Database | undefined
  try {
    db = new Sqlite(path, { timeout: 5000 })
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = NORMAL')
    db.pragma('foreign_keys = ON')
    const verdict = db.pragma('quick_check(1)', { simple: true })
    if (verdict !== 'ok') throw damaged(path, String(verdict).replaceAll(/\s+/g, ' '))
    return db
  } catch (error) {
    db?.close()
    throw storeError(error, path)
  }
}

function damaged(path: string, found: string, cause?: unknown): AppError {
  return new AppError(
    'FILE_UNREADABLE',
    `The run database ${path} is damaged: expected an intact SQLite file, found "${found}". Move it and its -wal and -shm ` +
      'files away and start again: finished work in the project folders is found and kept.',
    { path, found },
    { cause },
  )
}

/** The AppError that stands for what SQLite said; anything else is returned unchanged. */
export function storeError(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (!(error instanceof Error) || error instanceof AppError || !code.startsWith('SQLITE_')) return error
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB')
    return damaged(path, error.message, error)
  if (code === 'SQLITE_FULL') {
    const message = `The disk of the run database ${path} is full. Free space on this disk, then start the same command again.`
    return new AppError('DISK_FULL', message, { path }, { cause: error })
  }
  if (code.startsWith('SQLITE_BUSY') || code === 'SQLITE_LOCKED') {
    const message = `Another program keeps the run database ${path} locked (waited 5 s). Close it and try again.`
    return new AppError('BUSY', message, { path }, { cause: error })
  }
  if (
    code.startsWith('SQLITE_CANTOPEN') ||
    code.startsWith('SQLITE_READONLY') ||
    code.startsWith('SQLITE_IOERR')
  ) {
    const message = `The run database ${path} cannot be opened for writing (${error.message}). Check the folder's permissions and disk.`
    return new AppError('FILE_UNREADABLE', message, { path, found: code }, { cause: error })
  }
  return error
}

/** The same functions, with SQLite's errors as AppErrors. */
export function withStoreErrors<T extends Record<string, (...args: never[]) => unknown>>(
  path: string,
  queries: T,
): T {
  const guarded = Object.entries(queries).map(([name, query]) => [
    name,
    (...args: never[]) => {
      try {
        return query(...args)
      } catch (error) {
        throw storeError(error, path)
      }
    },
  ])
  return Object.fromEntries(guarded) as T
}

/** Longest write in one transaction: main also draws the window, and 200 rows cost about 5 ms. */
export const rowsPerTransaction = 200

export function inBatches<T>(db: Database, rows: readonly T[], write: (row: T) => void): void {
  const batch = db.transaction((from: number) => rows.slice(from, from + rowsPerTransaction).forEach(write))
  for (let from = 0; from < rows.length; from += rowsPerTransaction) batch(from)
}
