import { z } from 'zod'
import { ModelCard } from '../engine.ts'

/** Models that the program knows: bases that were chosen, and what runs have made of them. */

export const KnownModel = z.object({
  dir: z.string(),
  /** "Qwen2.5-0.5B-Instruct", "Helpdesk replies, iteration 1", "Helpdesk replies, plain SFT". */
  label: z.string(),
  kind: z.enum(['base', 'iteration', 'sft']),
  projectId: z.string().nullable(),
  runId: z.number().int().nullable(),
  /** −1 = the base. */
  iteration: z.number().int().nullable(),
  /** In the unit of the run's score: share (0–1), or nats a token for nll. */
  score: z.number().nullable(),
  /** The run's best. */
  best: z.boolean(),
  parameters: z.number().int().nullable(),
  architecture: z.string().nullable(),
  bytes: z.number().nullable(),
  /** Whether the folder is still there. */
  exists: z.boolean(),
  createdAt: z.number(),
})
export type KnownModel = z.infer<typeof KnownModel>

export const modelsContract = {
  calls: {
    /** Newest first; of one project (its base and what its run has made), or all. */
    models: {
      input: z.object({ projectId: z.string().nullable().default(null) }),
      output: z.object({ models: z.array(KnownModel) }),
    },
    /** Bytes of the files in each folder; null = not there. */
    modelDisk: {
      input: z.object({ dirs: z.array(z.string().min(1).max(4096)).max(500) }),
      output: z.object({ sizes: z.array(z.object({ dir: z.string(), bytes: z.number().nullable() })) }),
    },
    /** What a folder holds, without choosing it. */
    inspectModel: { input: z.object({ dir: z.string().min(1) }), output: ModelCard },
  },
  streams: {},
} as const
