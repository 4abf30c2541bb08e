import { z } from 'zod'
import { ExportRequest, ExportResult, LogEvent, Progress } from '../engine.ts'
import { RunSummary } from './runs.ts'

/** What a run has made, against the base and against plain SFT. */

/** 95 % interval over held-out prompts, in the row's unit. */
export const ScoreInterval = z.object({ mean: z.number(), low: z.number(), high: z.number() })
export type ScoreInterval = z.infer<typeof ScoreInterval>

/**
 * A paired difference over the same prompts, positive = better. `clear`: ten prompts or more, and its 95 % interval does not
 * contain 0.
 */
export const ScoreDifference = z.object({
  mean: z.number(),
  /** Half the interval's width; null where rows were not measured one by one. */
  half: z.number().nullable(),
  prompts: z.number().int(),
  clear: z.boolean().nullable(),
})
export type ScoreDifference = z.infer<typeof ScoreDifference>

/** A model in the order of the table: the base (−1), plain SFT (−2), then the iterations. */
export const ResultModel = z.object({
  iteration: z.number().int(),
  dir: z.string(),
  exists: z.boolean(),
  bytes: z.number().nullable(),
  savedAt: z.number(),
  /** In use: exported, continued and chatted with unless another is chosen. */
  inUse: z.boolean(),
  best: z.boolean(),
  /** A guard ended its training, or it fell behind: why, in words; null = nothing to say. */
  remark: z.string().nullable(),
})
export type ResultModel = z.infer<typeof ResultModel>

export const ResultTest = z.object({
  id: z.string(), // "sampled", "greedy", "kind:arithmetic", "nll", …
  name: z.string(),
  setting: z.string(), // "480 held-out rows, 4 samples each"
  unit: z.enum(['points', 'nats', 'share']),
  /** Whether more is better. */
  higherIsBetter: z.boolean(),
  /** By iteration number; a model that was not measured is missing. */
  scores: z.record(
    z.string(),
    ScoreInterval.extend({ low: z.number().nullable(), high: z.number().nullable() }),
  ),
  /** Of the model in use against the base; null for the base itself. */
  againstBase: ScoreDifference.nullable(),
})
export type ResultTest = z.infer<typeof ResultTest>

export const ResultsView = z.object({
  run: RunSummary,
  models: z.array(ResultModel),
  /** The first is the score that the stop rule compares. */
  tests: z.array(ResultTest),
  /** The model in use against these, on the first test. */
  verdict: z.object({
    iteration: z.number().int(),
    overBase: ScoreDifference.nullable(),
    overSft: ScoreDifference.nullable(),
    overPrevious: ScoreDifference.nullable(),
    words: z.string(),
  }),
  totalSeconds: z.number(),
  heldOutRows: z.number().int().nullable(),
})
export type ResultsView = z.infer<typeof ResultsView>

const Model = z.object({ runId: z.number().int(), iteration: z.number().int().min(-2) })

export const resultsContract = {
  calls: {
    results: { input: z.object({ runId: z.number().int() }), output: ResultsView },
    /** Rolls back or forward: which model is exported, continued and chatted with. Nothing is deleted. */
    useModel: { input: Model, output: z.object({}) },
    /** A new project that starts from this model, on the same rows, with a plan of so many iterations. */
    continueFrom: {
      input: Model.extend({ iterations: z.number().int().min(1).max(32).default(2) }),
      output: z.object({ projectId: z.string() }),
    },
  },
  streams: {
    /** Writes the model as other programs load it, with its lineage in the card. */
    exportModel: {
      input: ExportRequest.pick({ modelDir: true, outPath: true, format: true, dtype: true }),
      event: z.union([Progress, LogEvent, ExportResult]),
    },
  },
} as const
