import { availableParallelism } from 'node:os'
import { DeviceId } from '../../contract/devices.ts'
import { AppError } from '../../contract/errors.ts'
import { deviceEnvironment } from '../engine-backend.ts'

/** A device as an engine's process is told of it. */
export interface EngineDevice {
  /** "cuda:1"; of several of one id "cpu 1", "cpu 2". */
  name: string
  /** Added to the environment of its engine. */
  env: Readonly<Record<string, string>>
}

const threadsVariable = 'SPIN_STUDIO_THREADS'

/**
 * An engine for each device. The cores are divided among those that compute on the processor, unless the environment says how many
 * threads an engine has. Throws BAD_INPUT for what is no id of a device.
 */
export function engineDevices(
  ids: readonly string[],
  { cores = availableParallelism(), env = process.env }: { cores?: number; env?: NodeJS.ProcessEnv } = {},
): EngineDevice[] {
  const parsed = ids.map(parseId)
  const onProcessor = parsed.filter((id) => id === 'cpu').length
  const threads = env[threadsVariable] ?? String(Math.max(1, Math.floor(cores / Math.max(1, onProcessor))))
  return parsed.map((id, i) => {
    const isAlone = parsed.filter((other) => other === id).length === 1
    const nth = parsed.slice(0, i + 1).filter((other) => other === id).length
    return {
      name: isAlone ? id : `${id} ${nth}`,
      env: {
        ...deviceEnvironment(id),
        ...(id === 'cpu' && onProcessor > 1 ? { [threadsVariable]: threads } : {}),
      },
    }
  })
}

function parseId(text: string): DeviceId {
  const id = DeviceId.safeParse(text)
  if (id.success) return id.data
  throw new AppError(
    'BAD_INPUT',
    `Expected devices as cpu, webgpu, tensorflow, cuda:0, cuda:1 …; found "${text}". "spin-studio doctor" lists what is there.`,
    { device: text },
  )
}
