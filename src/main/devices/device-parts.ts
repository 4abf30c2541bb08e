import { askTensorFlow, backendIn } from '../engine-backend.ts'
import { createEngineProcess, type EngineProcessOptions } from '../engine-process.ts'
import { askCards } from '../machine/nvidia-smi.ts'
import { findCudaLibraries, systemLibraries } from './cuda-libraries.ts'
import { findGraphicsVendors } from './graphics-cards.ts'
import type { DeviceParts } from './list-devices.ts'
import { findVulkanDrivers } from './vulkan-drivers.ts'

/** A driver may hang as well as crash. */
const probeLimitMs = 60_000

/** The device list's parts on this machine; `engine`: how engines are started. */
export function deviceParts(measure: boolean, engine: EngineProcessOptions = {}): DeviceParts {
  return {
    platform: process.platform,
    askCards: () => askCards(),
    cudaLibraries: async () => findCudaLibraries(await systemLibraries()),
    graphicsVendors: () => findGraphicsVendors(),
    vulkanDrivers: () => findVulkanDrivers(process.env),
    tensorFlow: () => askTensorFlow(engine),
    backend: backendIn(engine.env),
    probe: measure
      ? async (kind, signal) => {
          const apart = createEngineProcess({ ...engine, maxRestarts: 0 })
          try {
            const limit = AbortSignal.any([signal, AbortSignal.timeout(probeLimitMs)])
            return await apart.client().call('probeDevice', { kind }, { signal: limit })
          } finally {
            await apart.kill()
          }
        }
      : null,
  }
}
