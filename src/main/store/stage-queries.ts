import type { FractionDone } from '../../contract/engine.ts'
import type { StageName } from '../../contract/loop.ts'
import type { StageState } from '../../contract/project.ts'
import { inBatches } from './database.ts'
import type { Database } from './database.ts'

export interface StageKey {
  runId: number
  iteration: number
  name: StageName
}

export interface StageRow extends StageKey {
  state: StageState
  request: string // JSON: the request and the sha256 of what it reads
  result: string | null // JSON
  outputs: string // JSON: {path, bytes, mtimeMs, sha256}[]
  attempts: number
  seconds: number // over all attempts
  errorCode: string | null
  errorMessage: string | null
  updatedAt: number
}

export type FractionRow = Omit<FractionDone, 'kind' | 'index'> & { fraction: number }

const columns = `run_id AS runId, iteration, name, state, request, result, outputs, attempts,
  seconds, error_code AS errorCode, error_message AS errorMessage, updated_at AS updatedAt`
const whereKey = 'run_id = @runId AND iteration = @iteration AND name = @name'

/** What happened to every stage, written before it starts and after it ends; and the fractions of the generate stage. */
export function stageQueries(db: Database) {
  const get = db.prepare<[StageKey], StageRow>(`SELECT ${columns} FROM stages WHERE ${whereKey}`)
  const all = db.prepare<[number], StageRow>(
    `SELECT ${columns} FROM stages WHERE run_id = ? ORDER BY iteration, name`,
  )
  const start = db.prepare<[StageKey & { request: string; at: number }]>(
    `INSERT INTO stages (run_id, iteration, name, state, request, attempts, updated_at)
     VALUES (@runId, @iteration, @name, 'running', @request, 1, @at)
     ON CONFLICT (run_id, iteration, name) DO UPDATE SET state = 'running', result = NULL, outputs = '[]',
     seconds = CASE WHEN request = excluded.request AND state <> 'done' THEN seconds ELSE 0 END,
     attempts = attempts + 1, error_code = NULL, error_message = NULL, request = excluded.request, updated_at = excluded.updated_at`,
  )
  const addSeconds = db.prepare<[StageKey & { seconds: number; at: number }]>(
    `UPDATE stages SET seconds = seconds + @seconds, updated_at = @at WHERE ${whereKey}`,
  )
  const finish = db.prepare<[StageKey & { result: string; outputs: string; at: number }]>(
    `UPDATE stages SET state = 'done', result = @result, outputs = @outputs, updated_at = @at WHERE ${whereKey}`,
  )
  const setOutputs = db.prepare<[StageKey & { outputs: string }]>(
    `UPDATE stages SET outputs = @outputs WHERE ${whereKey}`,
  )
  const stop = db.prepare<
    [StageKey & { state: 'pending' | 'failed'; code: string | null; message: string | null; at: number }]
  >(
    `UPDATE stages SET state = @state, error_code = @code, error_message = @message, updated_at = @at WHERE ${whereKey}`,
  )
  const saveFraction = db.prepare<[FractionRow & { runId: number; iteration: number }]>(
    `INSERT OR REPLACE INTO fractions (run_id, iteration, split, fraction, path, rows, sha256, capped, empty, generated_tokens)
     VALUES (@runId, @iteration, @split, @fraction, @path, @rows, @sha256, @capped, @empty, @generatedTokens)`,
  )
  const fractions = db.prepare<[number, number], FractionRow>(
    `SELECT split, fraction, path, rows, sha256, capped, empty, generated_tokens AS generatedTokens FROM fractions
     WHERE run_id = ? AND iteration = ? ORDER BY split DESC, fraction`,
  )
  return {
    stage: (key: StageKey) => get.get(key),
    stages: (runId: number) => all.all(runId),
    startStage: (key: StageKey, request: string, at: number) => void start.run({ ...key, request, at }),
    addStageSeconds: (key: StageKey, seconds: number, at: number) =>
      void addSeconds.run({ ...key, seconds, at }),
    finishStage: (key: StageKey, result: string, outputs: string, at: number) =>
      void finish.run({ ...key, result, outputs, at }),
    /** After a re-check found the same bytes under new modification times. */
    setStageOutputs: (key: StageKey, outputs: string) => void setOutputs.run({ ...key, outputs }),
    /** `pending` = interrupted on purpose, `failed` = ended with an error. */
    stopStage: (
      key: StageKey,
      state: 'pending' | 'failed',
      code: string | null,
      message: string | null,
      at: number,
    ) => void stop.run({ ...key, state, code, message, at }),
    saveFractions: (runId: number, iteration: number, rows: readonly FractionRow[]) =>
      inBatches(db, rows, (row) => saveFraction.run({ ...row, runId, iteration })),
    fractions: (runId: number, iteration: number) => fractions.all(runId, iteration),
  }
}
