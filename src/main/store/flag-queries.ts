import type { Database } from './database.ts'

/** Prompts that a person wants to find again. */
export function flagQueries(db: Database) {
  const list = db.prepare<[string], { id: string }>(
    'SELECT sample_id AS id FROM sample_flags WHERE project_id = ? ORDER BY created_at, sample_id',
  )
  const add = db.prepare<[string, string, number]>(
    'INSERT OR IGNORE INTO sample_flags (project_id, sample_id, created_at) VALUES (?, ?, ?)',
  )
  const remove = db.prepare<[string, string]>(
    'DELETE FROM sample_flags WHERE project_id = ? AND sample_id = ?',
  )
  return {
    /** In the order in which they were flagged. */
    sampleFlags: (projectId: string) => list.all(projectId).map(({ id }) => id),
    flagSample: (projectId: string, sampleId: string, flagged: boolean, at: number) =>
      void (flagged ? add.run(projectId, sampleId, at) : remove.run(projectId, sampleId)),
  }
}
