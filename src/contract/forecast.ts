import { z } from 'zod'
import { EvaluationSettings, GenerationSettings, TrainingSettings } from './settings.ts'

/** What a plan will cost on this machine, asked before anything starts. */
export const ForecastRequest = z.object({
  modelDir: z.string(),
  /** Reformatted rows (Parquet): their prompts and human answers give the lengths. */
  dataPath: z.string(),
  /** Held-out rows; null = no evaluation. */
  testPath: z.string().nullable().default(null),
  generation: GenerationSettings,
  training: TrainingSettings,
  evaluation: EvaluationSettings.nullable().default(null),
  /** Pairs of an earlier iteration mixed in, as a share of the rows. */
  previousShare: z.number().min(0).max(1).default(0),
})
export type ForecastRequest = z.input<typeof ForecastRequest>

export const StageForecast = z.object({
  stage: z.enum(['generate', 'finetune', 'evaluate']),
  seconds: z.number(),
  /** Of the engine's process: the most it holds resident during the stage. */
  peakBytes: z.number(),
  /** Left on disk by the stage, the largest moment included (checkpoints that are pruned later). */
  diskBytes: z.number(),
  /** What the figures rest on, in words. */
  basis: z.string(),
})
export type StageForecast = z.infer<typeof StageForecast>

export const ForecastResult = z.object({
  kind: z.literal('done'),
  stages: z.array(StageForecast),
  seconds: z.number(), // of one iteration
  peakBytes: z.number(),
  diskBytes: z.number(),
  memoryBytes: z.number(), // of the machine
  freeMemoryBytes: z.number(),
  /** What does not fit, and what would: empty where everything does. */
  advice: z.array(z.string()),
  /** What measuring took. */
  probeSeconds: z.number(),
})
export type ForecastResult = z.infer<typeof ForecastResult>
