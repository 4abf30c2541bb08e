import { z } from 'zod'
import { GateSettings } from '../settings.ts'

/** Fractions → training pairs. */

export const GatherRequest = z.object({
  inputDir: z.string(),
  outDir: z.string(),
  /** null = every fraction that the manifest lists; a number must match what is there. */
  numFracs: z.number().int().min(1).nullable().default(null),
  gates: GateSettings,
})
export type GatherRequest = z.input<typeof GatherRequest>
export const PairAudit = z.object({
  rows: z.number().int(),
  duplicates: z.number().int(),
  equal: z.number().int(), // generated = real after trimming
  capped: z.number().int(),
  empty: z.number().int(),
  medianRealCharacters: z.number(),
  medianGeneratedCharacters: z.number(),
})
export type PairAudit = z.infer<typeof PairAudit>
export const GatherResult = z.object({
  kind: z.literal('done'),
  trainPath: z.string(),
  testPath: z.string().nullable(),
  train: PairAudit,
  test: PairAudit.nullable(),
  /** sha256 over the content of the pairs (not over Parquet bytes, which carry the writer's version). */
  sha256: z.string(),
  warnings: z.array(z.string()),
})
export type GatherResult = z.infer<typeof GatherResult>
