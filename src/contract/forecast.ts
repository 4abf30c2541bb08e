import { z } from 'zod'
import { EvaluationSettings, GenerationSettings, TrainingSettings } from './settings.ts'

/** What a plan will cost on this machine, asked before anything starts. */

/** The rows and the model: what the costs are extrapolated over. Tokens are means over rows. */
export const MeasuredSize = z.object({
  rows: z.number().int(), // train
  heldOutRows: z.number().int(),
  promptTokens: z.number(),
  answerTokens: z.number(),
  /** Opening the model, rendering all rows, hashing the weights: once a stage. */
  setupSeconds: z.number(),
  /** Of the model's weights as they are stored. */
  modelBytes: z.number(),
  parameters: z.number(),
})
export type MeasuredSize = z.infer<typeof MeasuredSize>

export const MeasuredGeneration = z.object({
  /** Building and packing the program: once per stage. */
  startSeconds: z.number(),
  secondsPerAnswer: z.number(),
  /** Of the process. */
  peakBytes: z.number(),
})
export type MeasuredGeneration = z.infer<typeof MeasuredGeneration>

export const MeasuredTraining = z.object({
  /** Forward and backward of one micro-batch of typical rows, programs of new shapes included. */
  secondsPerMicroBatch: z.number(),
  /** Norm, clipping and update of all trained weights. */
  updateSeconds: z.number(),
  /** Scoring one pair of answers: the opponent's log-probs. */
  scoreSeconds: z.number(),
  /** Of the process, where a micro-batch holds the longest row. */
  peakBytes: z.number(),
  /** Numbers that are trained. */
  trained: z.number(),
  /** Of the optimizer's state. */
  stateBytes: z.number(),
})
export type MeasuredTraining = z.infer<typeof MeasuredTraining>

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
  /** What an earlier forecast of the same model and rows measured with the same settings; it is not measured again. */
  known: z
    .object({ generation: MeasuredGeneration.nullable(), training: MeasuredTraining.nullable() })
    .default({ generation: null, training: null }),
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
  /** What the stages' figures were computed from: see stage-costs.ts. */
  measured: z.object({
    size: MeasuredSize,
    generation: MeasuredGeneration,
    training: MeasuredTraining,
  }),
})
export type ForecastResult = z.infer<typeof ForecastResult>
