import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import type { Database } from './database.ts'

/** "SPIN" in ASCII: tells this project's databases from any other SQLite file. */
const applicationId = 0x5350494e

export interface Migration {
  number: number
  name: string
  sql: string
  sha256: string
}

/** The numbered files of a folder, in order: 0001-first.sql, 0002-…; a gap or a duplicate number is refused. */
export function readMigrations(dir: string): Migration[] {
  const names = readdirSync(dir)
    .filter((name) => /^\d{4}-[a-z0-9-]+\.sql$/.test(name))
    .sort()
  return names.map((name, i) => {
    const number = Number(name.slice(0, 4))
    if (number !== i + 1) {
      throw new AppError(
        'INTERNAL',
        `Migrations are numbered without gaps: expected ${i + 1}, found ${name} in ${dir}.`,
        { name },
      )
    }
    // A checkout with Windows line ends is the same migration.
    const sql = readFileSync(join(dir, name), 'utf8').replaceAll('\r\n', '\n')
    return { number, name, sql, sha256: createHash('sha256').update(sql).digest('hex') }
  })
}

/**
 * Brings a database to the newest version, one transaction a migration. Refuses (FILE_UNREADABLE) a file that is not
 * ours, one that a newer version wrote, and one whose applied migrations differ from the shipped ones.
 * Returns the version (the last migration's number).
 */
export function migrate(db: Database, path: string, migrations: readonly Migration[]): number {
  const id = Number(db.pragma('application_id', { simple: true }))
  const tables = Number(
    db.prepare<[], { n: number }>('SELECT count(*) AS n FROM sqlite_schema').get()?.n ?? 0,
  )
  if (id !== applicationId && (id !== 0 || tables > 0)) {
    throw new AppError(
      'FILE_UNREADABLE',
      `${path} is a SQLite file of another program: expected application id ${applicationId}, found ${id} with ${tables} tables and ` +
        'indexes. Choose another file.',
      { path, expected: applicationId, found: id },
    )
  }
  const one = db.transaction((next: Migration | null) => {
    db.pragma(`application_id = ${applicationId}`)
    db.exec(`CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL,
             applied_at INTEGER NOT NULL) STRICT`)
    const applied = db
      .prepare<[], Omit<Migration, 'sql'>>('SELECT number, name, sha256 FROM migrations ORDER BY number')
      .all()
    checkApplied(path, applied, migrations)
    if (!next || applied.some((a) => a.number === next.number)) return // another process was faster
    db.exec(next.sql)
    db.prepare('INSERT INTO migrations (number, name, sha256, applied_at) VALUES (?, ?, ?, ?)').run(
      next.number,
      next.name,
      next.sha256,
      Date.now(),
    )
  })
  one.immediate(null)
  for (const migration of migrations) one.immediate(migration)
  return migrations.length
}

function checkApplied(
  path: string,
  applied: readonly Omit<Migration, 'sql'>[],
  known: readonly Migration[],
): void {
  for (const was of applied) {
    const now = known[was.number - 1]
    if (!now) {
      throw new AppError(
        'FILE_UNREADABLE',
        `The run database ${path} was written by a newer version of this program: expected version ${known.length} or older, found ` +
          `version ${applied.length} (${was.name}). Update the program, or choose another data folder.`,
        { path, expected: known.length, found: applied.length },
      )
    }
    if (now.sha256 !== was.sha256) {
      throw new AppError(
        'FILE_UNREADABLE',
        `The run database ${path} was made with another ${was.name}: expected sha256 ${now.sha256.slice(0, 12)}…, found ` +
          `${was.sha256.slice(0, 12)}…. Applied migrations are never edited; restore the file and add a new migration.`,
        { path, migration: was.name, expected: now.sha256, found: was.sha256 },
      )
    }
  }
}
