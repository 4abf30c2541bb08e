import { z } from 'zod'
import { ModelLineage } from '../lineage.ts'

/** A model as other programs load it. */

export const exportFormats = ['huggingface', 'gguf-f16', 'gguf-q8_0'] as const
export const ExportRequest = z.object({
  modelDir: z.string(),
  /** huggingface: a folder; gguf: a file. What is there and differs is moved aside, never overwritten. */
  outPath: z.string(),
  format: z.enum(exportFormats).default('huggingface'),
  /** Of a Hugging Face folder's weights; null = the source's (the widest, where it has several). */
  dtype: z.enum(['F32', 'BF16', 'F16']).nullable().default(null),
  /** Of a Hugging Face folder: bytes of numbers in one file. */
  maxShardBytes: z.number().int().min(1).default(5_000_000_000),
  /** For the model card; null = the source's own card goes along. */
  lineage: ModelLineage.nullable().default(null),
})
export type ExportRequest = z.input<typeof ExportRequest>
export const ExportResult = z.object({
  kind: z.literal('done'),
  outPath: z.string(),
  format: z.enum(exportFormats),
  /** Of the weights: the file's, or of all shards together. */
  sha256: z.string(),
  bytes: z.number(),
  /** Files of weights. */
  files: z.array(z.object({ name: z.string(), bytes: z.number(), sha256: z.string() })),
  seconds: z.number(),
})
export type ExportResult = z.infer<typeof ExportResult>
