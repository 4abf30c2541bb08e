import type { EvaluationResult, StepMetrics } from '../../contract/engine.ts'
import { inBatches } from './database.ts'
import type { Database } from './database.ts'

export type MetricsRow = Omit<StepMetrics, 'kind'>

export interface MetricMeans {
  step: number // the first of its group
  totalMs: number
  spinLoss: number
  margin: number
  rewardGenerated: number
  accuracy: number
}

export interface EvaluationRow {
  iteration: number
  greedy: number
  sampled: number | null
  heldOutNll: number
  heldOutLoss: number | null
  rewardAccuracy: number | null
  margin: number | null
  kl: number | null
  result: string // JSON of the whole EvaluationResult
  createdAt: number
}

export interface EventRow {
  id: number
  runId: number | null
  createdAt: number
  level: 'info' | 'warning' | 'error'
  message: string
  data: string // JSON
}

/** StepMetrics field → column; the one list that both statements are made of. */
const metricColumns = {
  step: 'step',
  totalSteps: 'total_steps',
  epoch: 'epoch',
  loss: 'loss',
  spinLoss: 'spin_loss',
  nll: 'nll',
  rewardReal: 'reward_real',
  rewardGenerated: 'reward_generated',
  margin: 'margin',
  accuracy: 'accuracy',
  logpReal: 'logp_real',
  logpGenerated: 'logp_generated',
  realShift: 'real_shift',
  eosShift: 'eos_shift',
  entropy: 'entropy',
  kl: 'kl',
  klPerToken: 'kl_per_token',
  gradNorm: 'grad_norm',
  lossScale: 'loss_scale',
  skippedSteps: 'skipped_steps',
  lr: 'lr',
  tokensPerSecond: 'tokens_per_second',
  stepMs: 'step_ms',
} as const satisfies Record<keyof MetricsRow, string>

/** What was measured: training steps, evaluations, and the log of events. */
export function measurementQueries(db: Database) {
  const names = Object.entries(metricColumns)
  const saveMetric = db.prepare<[MetricsRow & { runId: number; iteration: number }]>(
    `INSERT OR REPLACE INTO metrics (run_id, iteration, ${names.map(([, column]) => column).join(', ')})
     VALUES (@runId, @iteration, ${names.map(([field]) => `@${field}`).join(', ')})`,
  )
  const metricsPage = db.prepare<[number, number, number, number], MetricsRow>(
    `SELECT ${names.map(([field, column]) => `${column} AS ${field}`).join(', ')} FROM metrics
     WHERE run_id = ? AND iteration = ? AND step > ? ORDER BY step LIMIT ?`,
  )
  const lastMetrics = db.prepare<[number, number], MetricsRow>(
    `SELECT ${names.map(([field, column]) => `${column} AS ${field}`).join(', ')} FROM metrics
     WHERE run_id = ? AND iteration = ? ORDER BY step DESC LIMIT 1`,
  )
  const stepRange = db.prepare<[number, number], { first: number | null; last: number | null }>(
    'SELECT min(step) AS first, max(step) AS last FROM metrics WHERE run_id = ? AND iteration = ?',
  )
  const metricMeans = db.prepare<[number, number, number, number], MetricMeans>(
    `SELECT min(step) AS step, sum(step_ms) AS totalMs, avg(spin_loss) AS spinLoss, avg(margin) AS margin,
       avg(reward_generated) AS rewardGenerated, avg(accuracy) AS accuracy
     FROM metrics WHERE run_id = ? AND iteration = ? GROUP BY CAST(step - ? AS INTEGER) / CAST(? AS INTEGER) ORDER BY step`,
  )
  const dropMetrics = db.prepare<[number, number]>('DELETE FROM metrics WHERE run_id = ? AND iteration = ?')
  const saveEvaluation = db.prepare<[EvaluationRow & { runId: number }]>(
    `INSERT OR REPLACE INTO evaluations (run_id, iteration, greedy, sampled, held_out_nll, held_out_loss, reward_accuracy, margin, kl,
     result, created_at) VALUES (@runId, @iteration, @greedy, @sampled, @heldOutNll, @heldOutLoss, @rewardAccuracy, @margin, @kl,
     @result, @createdAt)`,
  )
  const evaluations = db.prepare<[number], EvaluationRow>(
    `SELECT iteration, greedy, sampled, held_out_nll AS heldOutNll, held_out_loss AS heldOutLoss, reward_accuracy AS rewardAccuracy,
     margin, kl, result, created_at AS createdAt FROM evaluations WHERE run_id = ? ORDER BY iteration`,
  )
  const saveEvent = db.prepare<[Omit<EventRow, 'id'>]>(
    'INSERT INTO events (run_id, created_at, level, message, data) VALUES (@runId, @createdAt, @level, @message, @data)',
  )
  const eventPage = db.prepare<[number, number, number], EventRow>(
    `SELECT id, run_id AS runId, created_at AS createdAt, level, message, data FROM events WHERE run_id = ? AND id < ?
     ORDER BY id DESC LIMIT ?`,
  )
  const warningPage = db.prepare<[number, number, number], EventRow>(
    `SELECT id, run_id AS runId, created_at AS createdAt, level, message, data FROM events
     WHERE run_id = ? AND id < ? AND level <> 'info' ORDER BY id DESC LIMIT ?`,
  )
  const eventCounts = db.prepare<[number], { level: EventRow['level']; count: number }>(
    'SELECT level, count(*) AS count FROM events WHERE run_id = ? GROUP BY level',
  )
  const eventsWith = db.prepare<[number, string], EventRow>(
    `SELECT id, run_id AS runId, created_at AS createdAt, level, message, data FROM events
     WHERE run_id = ? AND json_extract(data, ?) IS NOT NULL ORDER BY id`,
  )
  return {
    /** A step that was redone after a resume replaces its first measurement. */
    saveMetrics: (runId: number, iteration: number, rows: readonly MetricsRow[]) =>
      inBatches(db, rows, (row) =>
        saveMetric.run({ lossScale: null, skippedSteps: null, ...row, runId, iteration }),
      ),
    /** Steps after `afterStep` in order; the first page: `afterStep` = −1. */
    metricsPage: (runId: number, iteration: number, limit: number, afterStep = -1) =>
      metricsPage.all(runId, iteration, afterStep, limit),
    /** At most so many means over groups of neighbouring steps, in order. */
    metricMeans: (runId: number, iteration: number, most: number) => {
      const { first = null, last = null } = stepRange.get(runId, iteration) ?? {}
      if (first === null || last === null) return []
      return metricMeans.all(runId, iteration, first, Math.ceil((last - first + 1) / most))
    },
    lastMetrics: (runId: number, iteration: number) => lastMetrics.get(runId, iteration),
    /** Training that starts over with another request leaves no steps of the old one behind. */
    dropMetrics: (runId: number, iteration: number) => void dropMetrics.run(runId, iteration),
    saveEvaluation: (runId: number, iteration: number, r: EvaluationResult, createdAt: number) =>
      void saveEvaluation.run({
        runId,
        iteration,
        greedy: r.greedy,
        sampled: r.sampled,
        heldOutNll: r.heldOutNll,
        heldOutLoss: r.heldOutLoss,
        rewardAccuracy: r.rewardAccuracy,
        margin: r.margin,
        kl: r.kl,
        result: JSON.stringify(r),
        createdAt,
      }),
    evaluations: (runId: number) => evaluations.all(runId),
    saveEvent: (event: Omit<EventRow, 'id'>) => void saveEvent.run(event),
    /** Newest first; `beforeId` is the last id of the page before. */
    eventPage: (runId: number, limit: number, beforeId = Number.MAX_SAFE_INTEGER) =>
      eventPage.all(runId, beforeId, limit),
    /** The same without those of level `info`. */
    warningPage: (runId: number, limit: number, beforeId = Number.MAX_SAFE_INTEGER) =>
      warningPage.all(runId, beforeId, limit),
    eventCounts: (runId: number) => eventCounts.all(runId),
    /** Events whose data has a field of this name, oldest first. */
    eventsWith: (runId: number, field: string) => eventsWith.all(runId, `$.${field}`),
  }
}
