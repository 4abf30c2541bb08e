import { z } from 'zod'

/** The machine and the program on it. */

export const MachineCard = z.object({
  platform: z.string(),
  processor: z.string(),
  cores: z.number().int(),
  memoryBytes: z.number(),
  freeMemoryBytes: z.number(),
  dataDir: z.string(),
  diskBytes: z.number(),
  freeDiskBytes: z.number(),
  versions: z.record(z.string(), z.string()),
})
export type MachineCard = z.infer<typeof MachineCard>

/** What the engine says of itself; asking starts it. */
export const EngineCard = z.object({
  device: z.string(),
  threads: z.number().int(),
  versions: z.record(z.string(), z.string()),
})
export type EngineCard = z.infer<typeof EngineCard>

const Nothing = z.object({})

export const machineContract = {
  calls: {
    machine: { input: Nothing, output: MachineCard },
    engine: { input: Nothing, output: EngineCard },
  },
  streams: {},
} as const
