import { z } from 'zod'
import { LogEvent, Progress } from './engine/progress.ts'

/** ONNX Runtime's CUDA provider, which npm's package is too small for: fetched once, when a person asks for it. */

export const CudaSetup = z.discriminatedUnion('state', [
  /** It is there, in this folder. */
  z.object({ state: z.literal('ready'), dir: z.string() }),
  /** This system has no such provider, and why. */
  z.object({ state: z.literal('unsupported'), why: z.string() }),
  /** It can be fetched: this package, unpacked into this folder. */
  z.object({
    state: z.literal('absent'),
    packageName: z.string(), // "Microsoft.ML.OnnxRuntime.Gpu.Linux"
    version: z.string(), // of onnxruntime-node
    /** Whose word is taken for it: "api.nuget.org". */
    host: z.string(),
    bytes: z.number().int(),
    /** Of them there already, from an earlier try. */
    fetchedBytes: z.number().int(),
    licence: z.string(), // "MIT"
    dir: z.string(),
  }),
])
export type CudaSetup = z.infer<typeof CudaSetup>

export const CudaSetupEvent = z.discriminatedUnion('kind', [
  Progress,
  LogEvent,
  z.object({ kind: z.literal('done'), dir: z.string() }),
])
export type CudaSetupEvent = z.infer<typeof CudaSetupEvent>
