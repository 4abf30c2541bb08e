import type { BenchmarkEvaluation } from '../../contract/app/benchmarks.ts'
import type { BenchmarkScore } from '../../contract/benchmarks.ts'
import type { Database } from './database.ts'

export interface BenchmarkRow {
  id: number
  runId: number
  iteration: number
  modelDir: string // portable
  modelSha256: string | null
  dataDir: string
  outDir: string // portable
  settings: string // JSON
  settingsKey: string
  besideRun: 0 | 1
  state: BenchmarkEvaluation['state']
  problem: string | null
  result: string | null // JSON of the engine's result
  seconds: number // over all attempts
  createdAt: number
  queuedAt: number
  finishedAt: number | null
}

export type NewBenchmark = Omit<
  BenchmarkRow,
  'id' | 'state' | 'problem' | 'result' | 'seconds' | 'finishedAt'
>

type ScoreRow = Omit<BenchmarkScore, 'primary'> & { isPrimary: 0 | 1 }

const columns = `id, run_id AS runId, iteration, model_dir AS modelDir, model_sha256 AS modelSha256, data_dir AS dataDir,
  out_dir AS outDir, settings, settings_key AS settingsKey, beside_run AS besideRun, state, problem, result, seconds,
  created_at AS createdAt, queued_at AS queuedAt, finished_at AS finishedAt`

/** Benchmarks of models: the queue, what came out, and the contamination of runs. */
export function benchmarkQueries(db: Database) {
  const select = `SELECT ${columns} FROM benchmark_evaluations`
  const byId = db.prepare<[number], BenchmarkRow>(`${select} WHERE id = ?`)
  const byKey = db.prepare<[number, number, string], BenchmarkRow>(
    `${select} WHERE run_id = ? AND iteration = ? AND settings_key = ?`,
  )
  const ofRun = db.prepare<[number], BenchmarkRow>(`${select} WHERE run_id = ? ORDER BY id DESC`)
  const inState = db.prepare<[string], BenchmarkRow>(`${select} WHERE state = ? ORDER BY queued_at, id`)
  const insert = db.prepare<[NewBenchmark]>(
    `INSERT INTO benchmark_evaluations (run_id, iteration, model_dir, model_sha256, data_dir, out_dir, settings, settings_key,
     beside_run, state, created_at, queued_at) VALUES (@runId, @iteration, @modelDir, @modelSha256, @dataDir, @outDir, @settings,
     @settingsKey, @besideRun, 'waiting', @createdAt, @queuedAt)`,
  )
  const queue = db.prepare<[{ id: number; besideRun: 0 | 1; at: number }]>(
    `UPDATE benchmark_evaluations SET state = 'waiting', problem = NULL, beside_run = @besideRun, queued_at = @at WHERE id = @id`,
  )
  const setState = db.prepare<[string, string | null, number]>(
    'UPDATE benchmark_evaluations SET state = ?, problem = ? WHERE id = ?',
  )
  const addSeconds = db.prepare<[number, number]>(
    'UPDATE benchmark_evaluations SET seconds = seconds + ? WHERE id = ?',
  )
  const finish = db.prepare<[string, string, number, number]>(
    `UPDATE benchmark_evaluations SET state = 'done', problem = NULL, result = ?, model_sha256 = ?, finished_at = ? WHERE id = ?`,
  )
  const remove = db.prepare<[number]>('DELETE FROM benchmark_evaluations WHERE id = ?')
  const scores = db.prepare<[number], ScoreRow>(
    `SELECT task, part_of AS partOf, metric, filter, value, stderr, questions, is_primary AS isPrimary FROM benchmark_scores
     WHERE evaluation_id = ? ORDER BY position`,
  )
  const lastPosition = db.prepare<[number], { last: number | null }>(
    'SELECT max(position) AS last FROM benchmark_scores WHERE evaluation_id = ?',
  )
  const saveScore = db.prepare<[ScoreRow & { id: number; position: number }]>(
    `INSERT OR REPLACE INTO benchmark_scores (evaluation_id, position, task, part_of, metric, filter, value, stderr, questions,
     is_primary) VALUES (@id, @position, @task, @partOf, @metric, @filter, @value, @stderr, @questions, @isPrimary)`,
  )
  const dropScores = db.prepare<[number]>('DELETE FROM benchmark_scores WHERE evaluation_id = ?')
  const contamination = db.prepare<[number], { result: string }>(
    'SELECT result FROM contaminations WHERE run_id = ?',
  )
  const saveContamination = db.prepare<[number, string, number]>(
    `INSERT INTO contaminations (run_id, result, created_at) VALUES (?, ?, ?)
     ON CONFLICT (run_id) DO UPDATE SET result = excluded.result, created_at = excluded.created_at`,
  )
  /** After those that are there, in the order given. */
  const addScores = (id: number, list: readonly BenchmarkScore[]): void => {
    let position = (lastPosition.get(id)?.last ?? -1) + 1
    for (const { primary, ...score } of list)
      saveScore.run({ ...score, isPrimary: primary ? 1 : 0, id, position: position++ })
  }
  return {
    benchmark: (id: number) => byId.get(id),
    /** The evaluation of this model with these settings, where one was asked for. */
    benchmarkWith: (runId: number, iteration: number, key: string) => byKey.get(runId, iteration, key),
    /** Newest first. */
    benchmarksOf: (runId: number) => ofRun.all(runId),
    /** In the order of the queue. */
    benchmarksIn: (state: BenchmarkRow['state']) => inState.all(state),
    createBenchmark: (row: NewBenchmark) => Number(insert.run(row).lastInsertRowid),
    /** Behind those that were queued before `at`. */
    queueBenchmark: (id: number, besideRun: boolean, at: number) =>
      void queue.run({ id, besideRun: besideRun ? 1 : 0, at }),
    setBenchmarkState: (id: number, state: BenchmarkRow['state'], problem: string | null = null) =>
      void setState.run(state, problem, id),
    addBenchmarkSeconds: (id: number, seconds: number) => void addSeconds.run(seconds, id),
    /** With all its scores, in their order, instead of those that were saved task by task. */
    finishBenchmark: db.transaction(
      (
        id: number,
        done: { result: string; modelSha256: string; scores: readonly BenchmarkScore[] },
        at: number,
      ) => {
        finish.run(done.result, done.modelSha256, at, id)
        dropScores.run(id)
        addScores(id, done.scores)
      },
    ) as (
      id: number,
      done: { result: string; modelSha256: string; scores: readonly BenchmarkScore[] },
      at: number,
    ) => void,
    removeBenchmark: (id: number) => void remove.run(id),
    benchmarkScores: (id: number): BenchmarkScore[] =>
      scores.all(id).map(({ isPrimary, ...score }) => ({ ...score, primary: isPrimary === 1 })),
    saveBenchmarkScores: db.transaction(addScores) as typeof addScores,
    /** JSON of a ContaminationResult. */
    contamination: (runId: number) => contamination.get(runId)?.result,
    saveContamination: (runId: number, result: string, at: number) =>
      void saveContamination.run(runId, result, at),
  }
}
