import { z } from 'zod'
import { EvaluationResult, PairAudit } from './engine.ts'

/** A mean with its 95 % interval. Scores are shares (0–1), differences are differences of shares. */
export const Interval = z.object({
  mean: z.number(),
  standardError: z.number(),
  low: z.number(),
  high: z.number(),
})
export type Interval = z.infer<typeof Interval>

/** One model's held-out scores; `intervals` are over prompts (each prompt's samples are averaged first). */
export const ReportEvaluation = EvaluationResult.omit({ kind: true, answersPath: true }).extend({
  intervals: z.object({ greedy: Interval, sampled: Interval.nullable() }),
})
export type ReportEvaluation = z.infer<typeof ReportEvaluation>

/** A point of the training curves, thinned to a few hundred a run. */
export const CurvePoint = z.object({
  step: z.number().int(),
  spinLoss: z.number(),
  nll: z.number(),
  margin: z.number(),
  accuracy: z.number(),
  rewardReal: z.number(),
  rewardGenerated: z.number(),
  /** nats a token; null: not measured. */
  entropy: z.number().nullable().default(null),
  /** KL(opponent ‖ policy), nats an answer; null: not measured. */
  kl: z.number().nullable().default(null),
})
export type CurvePoint = z.infer<typeof CurvePoint>

export const ReportTraining = z.object({
  /** The SPIN term alone; 0 for SFT. */
  step0Loss: z.number(),
  lastLoss: z.number(),
  lastNll: z.number(),
  steps: z.number().int(),
  savedStep: z.number().int(),
  pairs: z.number().int(),
  nllOnlyRows: z.number().int(),
  stoppedBy: z.string().nullable(),
  curve: z.array(CurvePoint),
})
export type ReportTraining = z.infer<typeof ReportTraining>

export const ReportIteration = z.object({
  iteration: z.number().int(),
  generated: z.object({ sha256: z.string() }),
  pairs: z.object({ sha256: z.string(), audit: PairAudit.nullable() }),
  train: ReportTraining,
  model: z.object({ sha256: z.string() }),
  evaluation: ReportEvaluation,
  seconds: z.object({ generate: z.number(), gather: z.number(), finetune: z.number(), evaluate: z.number() }),
})
export type ReportIteration = z.infer<typeof ReportIteration>

/** `better` minus `than`, over the same held-out prompts. `clear`: the 95 % interval does not contain 0. */
export const Comparison = Interval.extend({
  better: z.string(),
  than: z.string(),
  score: z.enum(['greedy', 'sampled']),
  prompts: z.number().int(),
  clear: z.boolean(),
})
export type Comparison = z.infer<typeof Comparison>

/** The same model sampled at other temperatures: what lower temperature gives for free. */
export const TemperatureScore = z.object({
  temperature: z.number(),
  sampled: z.number(),
  standardError: z.number(),
})
export type TemperatureScore = z.infer<typeof TemperatureScore>

export const Report = z.object({
  format: z.literal(1),
  title: z.string(),
  createdAt: z.string(),
  /** Everything that decides the numbers, as run. */
  settings: z.record(z.string(), z.unknown()),
  dataset: z.object({ trainRows: z.number().int(), testRows: z.number().int() }),
  base: z.object({
    model: z.object({ sha256: z.string() }),
    evaluation: ReportEvaluation,
    temperatures: z.array(TemperatureScore),
    seconds: z.object({ evaluate: z.number() }),
  }),
  iterations: z.array(ReportIteration).min(1),
  /** "As much SFT instead": same prompts, same number of optimizer steps, its own learning rate. */
  sft: z
    .object({
      train: ReportTraining,
      model: z.object({ sha256: z.string() }),
      evaluation: ReportEvaluation,
      seconds: z.object({ finetune: z.number(), evaluate: z.number() }),
    })
    .nullable(),
  comparisons: z.array(Comparison),
  /** What was and was not gained, derived from the comparisons. */
  sentence: z.string(),
  /** Working time of all attempts together, interruptions not counted. */
  seconds: z.number(),
  /** Upper bound: the peak of the main process plus the peak of the largest engine process. */
  peakRssBytes: z.number(),
  versions: z.record(z.string(), z.string()),
})
export type Report = z.infer<typeof Report>
