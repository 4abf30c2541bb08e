import type { RunState } from '../../contract/project.ts'
import type { Database } from './database.ts'

export interface RunRow {
  id: number
  projectId: string
  setup: string // JSON: model, data and plan asked for
  state: RunState
  seed: number
  /** −1 = the base; null = not decided yet. */
  bestIteration: number | null
  reason: string | null
  errorCode: string | null
  errorMessage: string | null
  createdAt: number
  startedAt: number | null
  finishedAt: number | null
}

export interface IterationRow {
  runId: number
  iteration: number
  state: 'running' | 'done' | 'discarded'
  lr: number | null
  beta: number | null
  startDir: string | null
  startSha256: string | null
  modelDir: string | null
  modelSha256: string | null
  score: number | null
  decision: string | null // JSON
  updatedAt: number
}

const runColumns = `id, project_id AS projectId, setup, state, seed, best_iteration AS bestIteration, reason,
  error_code AS errorCode, error_message AS errorMessage, created_at AS createdAt, started_at AS startedAt, finished_at AS finishedAt`
const iterationColumns = `run_id AS runId, iteration, state, lr, beta, start_dir AS startDir, start_sha256 AS startSha256,
  model_dir AS modelDir, model_sha256 AS modelSha256, score, decision, updated_at AS updatedAt`

/** Runs of the loop and their iterations (−1 is the base). */
export function runQueries(db: Database) {
  const byId = db.prepare<[number], RunRow>(`SELECT ${runColumns} FROM runs WHERE id = ?`)
  const byProject = db.prepare<[string], RunRow>(`SELECT ${runColumns} FROM runs WHERE project_id = ?`)
  const page = db.prepare<[number, number], RunRow>(
    `SELECT ${runColumns} FROM runs WHERE id < ? ORDER BY id DESC LIMIT ?`,
  )
  const insert = db.prepare<[string, string, number, number]>(
    `INSERT INTO runs (project_id, setup, state, seed, created_at) VALUES (?, ?, 'pending', ?, ?)`,
  )
  const start = db.prepare<[number, number]>(
    `UPDATE runs SET state = 'running', started_at = coalesce(started_at, ?), error_code = NULL, error_message = NULL WHERE id = ?`,
  )
  const interrupt = db.prepare<['paused' | 'failed', string | null, string | null, number]>(
    'UPDATE runs SET state = ?, error_code = ?, error_message = ? WHERE id = ?',
  )
  const finish = db.prepare<[number, string, number, number]>(
    `UPDATE runs SET state = 'finished', best_iteration = ?, reason = ?, finished_at = coalesce(finished_at, ?) WHERE id = ?`,
  )
  const iterations = db.prepare<[number], IterationRow>(
    `SELECT ${iterationColumns} FROM iterations WHERE run_id = ? ORDER BY iteration`,
  )
  const saveIteration = db.prepare<[IterationRow]>(
    `INSERT INTO iterations (run_id, iteration, state, lr, beta, start_dir, start_sha256, model_dir, model_sha256, score, decision,
     updated_at) VALUES (@runId, @iteration, @state, @lr, @beta, @startDir, @startSha256, @modelDir, @modelSha256, @score, @decision,
     @updatedAt) ON CONFLICT (run_id, iteration) DO UPDATE SET state = excluded.state, lr = excluded.lr, beta = excluded.beta,
     start_dir = excluded.start_dir, start_sha256 = excluded.start_sha256, model_dir = excluded.model_dir,
     model_sha256 = excluded.model_sha256, score = excluded.score, decision = excluded.decision, updated_at = excluded.updated_at`,
  )
  return {
    run: (id: number) => byId.get(id),
    /** A project folder holds one run. */
    runOf: (projectId: string) => byProject.get(projectId),
    /** Newest first; `beforeId` is the last id of the page before. */
    runPage: (limit: number, beforeId = Number.MAX_SAFE_INTEGER) => page.all(beforeId, limit),
    createRun: (r: Pick<RunRow, 'projectId' | 'setup' | 'seed' | 'createdAt'>) =>
      Number(insert.run(r.projectId, r.setup, r.seed, r.createdAt).lastInsertRowid),
    startRun: (id: number, at: number) => void start.run(at, id),
    interruptRun: (id: number, state: 'paused' | 'failed', code: string | null, message: string | null) =>
      void interrupt.run(state, code, message, id),
    finishRun: (id: number, best: number, reason: string, at: number) =>
      void finish.run(best, reason, at, id),
    iterations: (runId: number) => iterations.all(runId),
    saveIteration: (row: IterationRow) => void saveIteration.run(row),
  }
}
