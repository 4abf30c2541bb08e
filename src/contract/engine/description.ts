import { z } from 'zod'

/** The engine's process. */

export const EngineDescription = z.object({
  versions: z.record(z.string(), z.string()), // node, onnxruntime, duckdb, spin-studio
  device: z.string(), // "CPU, 2 threads"
  threads: z.number().int(),
  pid: z.number().int(),
  rssBytes: z.number(),
  peakRssBytes: z.number(),
})
export type EngineDescription = z.infer<typeof EngineDescription>
