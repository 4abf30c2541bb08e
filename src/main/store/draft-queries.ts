import type { Database } from './database.ts'

export interface RunNoteRow {
  note: string
  tags: string // JSON: string[]
  /** The iteration whose model is in use; null = the best. */
  inUse: number | null
}

/** What a person chose and wrote: drafts of projects, notes on runs. */
export function draftQueries(db: Database) {
  const draft = db.prepare<[string], { document: string }>('SELECT document FROM drafts WHERE project_id = ?')
  const saveDraft = db.prepare<[string, string, number]>(
    `INSERT INTO drafts (project_id, document, updated_at) VALUES (?, ?, ?)
     ON CONFLICT (project_id) DO UPDATE SET document = excluded.document, updated_at = excluded.updated_at`,
  )
  const sources = db
    .prepare<[], string>('SELECT document FROM drafts UNION ALL SELECT setup FROM runs')
    .pluck()
  const touch = db.prepare<[number, string]>('UPDATE projects SET updated_at = ? WHERE id = ?')
  const rename = db.prepare<[string, number, string]>(
    'UPDATE projects SET name = ?, updated_at = ? WHERE id = ?',
  )
  const remove = db.prepare<[string]>('DELETE FROM projects WHERE id = ?')
  const note = db.prepare<[number], RunNoteRow>(
    'SELECT note, tags, in_use AS inUse FROM run_notes WHERE run_id = ?',
  )
  const saveNote = db.prepare<[RunNoteRow & { runId: number; at: number }]>(
    `INSERT INTO run_notes (run_id, note, tags, in_use, updated_at) VALUES (@runId, @note, @tags, @inUse, @at)
     ON CONFLICT (run_id) DO UPDATE SET note = excluded.note, tags = excluded.tags, in_use = excluded.in_use,
     updated_at = excluded.updated_at`,
  )
  return {
    /** JSON of a ProjectDraft; absent for projects that the terminal made. */
    draft: (projectId: string) => draft.get(projectId)?.document,
    saveDraft: (projectId: string, document: string, at: number) => {
      saveDraft.run(projectId, document, at)
      touch.run(at, projectId)
    },
    /** Every document that may name files of a dataset, as it is stored: whatever version wrote it. */
    recordedSources: (): string[] => sources.all(),
    /** It was opened: recent projects are listed by when. */
    touchProject: (projectId: string, at: number) => void touch.run(at, projectId),
    renameProject: (projectId: string, name: string, at: number) => void rename.run(name, at, projectId),
    /** With its run, its drafts and everything recorded of them. */
    deleteProject: (projectId: string) => void remove.run(projectId),
    runNote: (runId: number): RunNoteRow => note.get(runId) ?? { note: '', tags: '[]', inUse: null },
    saveRunNote: (runId: number, row: RunNoteRow, at: number) => void saveNote.run({ ...row, runId, at }),
  }
}
