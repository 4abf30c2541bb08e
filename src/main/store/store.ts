import { fileURLToPath } from 'node:url'
import { benchmarkQueries } from './benchmark-queries.ts'
import { openDatabase, storeError, withStoreErrors } from './database.ts'
import { draftQueries } from './draft-queries.ts'
import { flagQueries } from './flag-queries.ts'
import { judgingQueries } from './judging-queries.ts'
import { measurementQueries } from './measurement-queries.ts'
import { migrate, readMigrations } from './migrate.ts'
import { projectQueries } from './project-queries.ts'
import { runQueries } from './run-queries.ts'
import { stageQueries } from './stage-queries.ts'

export type Store = ReturnType<typeof openStore>

/**
 * The record of what happened: projects, datasets, models, runs, iterations, stages, fractions, metrics, evaluations,
 * benchmarks, events; never tensors and never texts by the gigabyte. One SQLite file, written by this process only through these
 * queries. Throws RUNTIME_TOO_OLD, FILE_UNREADABLE (damaged, foreign, or written by a newer version), DISK_FULL, BUSY.
 */
export function openStore({
  path,
  migrationsDir = fileURLToPath(new URL('./migrations/', import.meta.url)),
}: {
  path: string
  migrationsDir?: string
}) {
  const db = openDatabase(path)
  try {
    const version = migrate(db, path, readMigrations(migrationsDir))
    return {
      path,
      version,
      ...withStoreErrors(path, {
        ...projectQueries(db),
        ...runQueries(db),
        ...stageQueries(db),
        ...measurementQueries(db),
        ...draftQueries(db),
        ...flagQueries(db),
        ...judgingQueries(db),
        ...benchmarkQueries(db),
        /** All of `work` or none of it. Nothing asynchronous inside. */
        transaction: <T>(work: () => T): T => db.transaction(work).immediate(),
        close: (): void => void db.close(),
      }),
    }
  } catch (error) {
    db.close()
    throw storeError(error, path)
  }
}
