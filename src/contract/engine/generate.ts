import { z } from 'zod'
import { AdapterSettings, GenerationSettings } from '../settings.ts'
import { memoryAttempt } from './memory-attempt.ts'

/** The opponent's answers, fraction by fraction. */

export const GenerateRequest = z.object({
  modelDir: z.string(),
  dataPath: z.string(), // a reformatted Parquet file
  outDir: z.string(),
  split: z.enum(['train', 'test']),
  fracLen: z.number().int().min(0),
  /** Which fractions; null = all that the data has. */
  fractions: z.array(z.number().int().min(0)).nullable().default(null),
  settings: GenerationSettings,
  /** Form of the layers' matrices for a model without an adapter; an adapter is used with what it was trained on. */
  baseWeights: AdapterSettings.shape.baseWeights,
  /** Of the same opponent's answers to the other split: see GenerateResult. */
  contextLength: z.number().int().optional(),
  memoryAttempt,
})
export type GenerateRequest = z.input<typeof GenerateRequest>
export const FractionDone = z.object({
  kind: z.literal('fraction'),
  split: z.enum(['train', 'test']),
  index: z.number().int(),
  path: z.string(),
  rows: z.number().int(),
  sha256: z.string(),
  capped: z.number().int(),
  empty: z.number().int(),
  generatedTokens: z.number().int(),
})
export type FractionDone = z.infer<typeof FractionDone>
export const GenerateResult = z.object({
  kind: z.literal('done'),
  fractions: z.array(FractionDone.omit({ kind: true })),
  /** sha256 over the fraction files' own sha256 in order. */
  sha256: z.string(),
  modelSha256: z.string(),
  /** Tokens that the opponent's rotary frequencies were chosen for; absent for models that have one set of them. */
  contextLength: z.number().int().optional(),
})
export type GenerateResult = z.infer<typeof GenerateResult>
