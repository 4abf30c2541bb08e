import { backendVariables, type TensorFlowStatus } from '../contract/backend.ts'
import { DeviceId, deviceVariable } from '../contract/devices.ts'
import { AppError } from '../contract/errors.ts'
import { findCudaProvider } from './cuda-setup/provider-folder.ts'
import { defaultDataDir } from './data-dir.ts'
import { createEngineProcess, type EngineProcessOptions } from './engine-process.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The backend of each kind of device. */
const backends = { cpu: 'onnxruntime', cuda: 'cuda', webgpu: 'webgpu', tensorflow: 'tensorflow' } as const
type Kind = keyof typeof backends

/**
 * The one place that says what an engine's environment must hold for it to compute on a device: an engine a device. A card is
 * named by its place in the list of nvidia-smi, which CUDA follows only when told; the engine then sees that card alone. `dataDir`: where
 * CUDA was set up.
 */
export function deviceEnvironment(id: DeviceId, dataDir = defaultDataDir()): Record<string, string> {
  const [kind, card] = id.split(':') as [Kind, string?]
  const provider = kind === 'cuda' ? findCudaProvider(dataDir) : null
  return {
    [deviceVariable]: id,
    [backendVariables.backend]: backends[kind],
    ...(card !== undefined && { CUDA_DEVICE_ORDER: 'PCI_BUS_ID', CUDA_VISIBLE_DEVICES: card }),
    ...(provider !== null && { [backendVariables.cuda]: provider }),
  }
}

/** The device that a backend names when nobody says which: of several cards the first. */
export function deviceOfBackend(backend: string): DeviceId {
  const kind = (Object.keys(backends) as Kind[]).find((one) => backends[one] === backend) ?? 'cpu'
  return kind === 'cuda' ? 'cuda:0' : kind
}

/**
 * What an environment asks for: a device, or a backend without one; null = nothing. Throws BAD_INPUT where it names a device of
 * another form.
 */
export function deviceAskedIn(env: Environment): DeviceId | null {
  const named = env[deviceVariable]
  if (named) {
    const id = DeviceId.safeParse(named)
    if (id.success) return id.data
    throw new AppError(
      'BAD_INPUT',
      `Expected cpu, webgpu, tensorflow, cuda:0, cuda:1 … in ${deviceVariable}, found ${named}. "spin-studio doctor" lists what is there.`,
    )
  }
  const backend = env[backendVariables.backend]
  return backend ? deviceOfBackend(backend) : null
}

/** Asks an engine of its own, which ends with the answer. */
export async function askTensorFlow(engine: EngineProcessOptions = {}): Promise<TensorFlowStatus> {
  const apart = createEngineProcess({ ...engine, maxRestarts: 0 })
  try {
    return await apart.client().call('tensorFlowStatus', {})
  } finally {
    await apart.kill()
  }
}
