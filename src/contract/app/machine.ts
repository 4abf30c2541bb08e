import { z } from 'zod'
import { CudaSetup, CudaSetupEvent } from '../cuda-setup.ts'
import { DeviceList } from '../devices.ts'

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

export const machineCheckIds = [
  'graphics',
  'driver',
  'engine',
  'processor',
  'memory',
  'disk',
  'writing',
  'sleep',
] as const

/** One thing that a run needs of the machine, in words. */
export const MachineCheck = z.object({
  id: z.enum(machineCheckIds),
  label: z.string(), // "Graphics card"
  state: z.enum(['running', 'ok', 'warning', 'problem']),
  value: z.string(), // "NVIDIA GeForce RTX 4090"; empty while it runs
  detail: z.string(), // "24.0 GB"
  /** What to do, beside a warning or a problem; `action` = the page can do it itself. */
  fix: z.object({ text: z.string(), action: z.enum(['keep-awake']).nullable() }).nullable(),
})
export type MachineCheck = z.infer<typeof MachineCheck>

export const GpuLoad = z.object({
  name: z.string(),
  /** 0–1; null = the card does not say. */
  load: z.number().nullable(),
  usedBytes: z.number().nullable(),
  totalBytes: z.number().nullable(),
  temperatureCelsius: z.number().nullable(),
})
export type GpuLoad = z.infer<typeof GpuLoad>

/** For the status bar. Loads 0–1. */
export const Telemetry = z.object({
  gpus: z.array(GpuLoad),
  /** null until it has been measured over two seconds. */
  processorLoad: z.number().nullable(),
  usedMemoryBytes: z.number(),
  memoryBytes: z.number(),
  freeDiskBytes: z.number(),
  diskBytes: z.number(),
})
export type Telemetry = z.infer<typeof Telemetry>

const Nothing = z.object({})

export const machineContract = {
  calls: {
    machine: { input: Nothing, output: MachineCard },
    engine: { input: Nothing, output: EngineCard },
    /** What setting CUDA up would do here; asks NuGet where there is something to do. */
    cudaSetup: { input: Nothing, output: CudaSetup },
  },
  streams: {
    /** First every check as `running`, in the order to show, then each again with what was found. Ends after the last. */
    machineCheck: { input: Nothing, event: MachineCheck },
    /** What can be computed on and what is chosen: at once, after each measurement, and whenever another one is chosen. */
    devices: { input: z.object({ measure: z.boolean().default(false) }), event: DeviceList },
    /** Fetches ONNX Runtime's CUDA provider; leaving it keeps what was fetched for the next time. */
    setUpCuda: { input: Nothing, event: CudaSetupEvent },
    /** One every two seconds, the first at once. */
    telemetry: { input: Nothing, event: Telemetry },
  },
} as const
