import { type DeviceId, DeviceKind } from '../../contract/devices.ts'
import { askTensorFlow, deviceEnvironment } from '../engine-backend.ts'
import { createEngineProcess, type EngineProcessOptions } from '../engine-process.ts'
import { askCards } from '../machine/nvidia-smi.ts'
import type { AskedDevice } from './choose-device.ts'
import { findCudaLibraries, systemLibraries } from './cuda-libraries.ts'
import { findCudaProvider } from '../cuda-setup/provider-folder.ts'
import { findGraphicsVendors } from './graphics-cards.ts'
import type { DeviceParts } from './list-devices.ts'
import { findVulkanDrivers } from './vulkan-drivers.ts'

/** A driver may hang as well as crash. */
const probeLimitMs = 60_000

export interface DeviceQuestion {
  /** Whether each device computes for two seconds. */
  measure: boolean
  asked: () => AskedDevice | null
  inUseId: DeviceId | null
  dataDir: string
  /** How engines are started. */
  engine?: EngineProcessOptions
}

/** The device list's parts on this machine. */
export function deviceParts({ measure, asked, inUseId, dataDir, engine = {} }: DeviceQuestion): DeviceParts {
  return {
    platform: process.platform,
    arch: process.arch,
    visibleCards: process.env['CUDA_VISIBLE_DEVICES'],
    askCards: () => askCards(),
    cudaLibraries: async (providerDir) => findCudaLibraries({ ...(await systemLibraries()), providerDir }),
    cudaProvider: () => findCudaProvider(dataDir),
    graphicsVendors: () => findGraphicsVendors(),
    vulkanDrivers: () => findVulkanDrivers(process.env),
    tensorFlow: () => askTensorFlow(engine),
    asked,
    inUseId,
    probe: measure
      ? async (id, signal) => {
          const kind = DeviceKind.parse(id.split(':')[0])
          const env = { ...engine.env, ...deviceEnvironment(id, dataDir) }
          const apart = createEngineProcess({ ...engine, env, maxRestarts: 0 })
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
