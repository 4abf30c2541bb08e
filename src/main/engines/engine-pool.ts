import type { EngineDevice } from './engine-device.ts'
import { createEngineProcess, type EngineProcess, type EngineProcessOptions } from '../engine-process.ts'

/** One engine process on one device. */
export interface PoolEngine {
  /** Its own in the pool, for journals: "engine-1". */
  readonly id: string
  /** As it is shown: "cpu", "cuda:1". */
  readonly name: string
  readonly process: EngineProcess
}

/** Engines that work together: one process a device, each with an environment of its own. */
export interface EnginePool {
  /** The first does all that is not shared out. */
  readonly first: PoolEngine
  engines(): readonly PoolEngine[]
  /** A device joins; what is being shared out gives it a part. */
  add(device: EngineDevice): PoolEngine
  /** A device leaves: what it was at goes to the others. The first one stays. */
  remove(id: string): Promise<void>
  /** Told of both; returns what ends it. */
  onChange(listener: () => void): () => void
  /** Ends all but the first: their memory is wanted elsewhere. The next use starts them again. */
  rest(): Promise<void>
  stop(): Promise<void>
  kill(): Promise<void>
}

/** `options`: of every engine; a device's environment wins. */
export function createEnginePool(
  devices: readonly EngineDevice[],
  options: EngineProcessOptions = {},
): EnginePool {
  let made = 0
  const start = (device: EngineDevice): PoolEngine => ({
    id: `engine-${++made}`,
    name: device.name,
    process: createEngineProcess({
      ...options,
      // Read at its start: the environment of all may be chosen after the pool is made.
      get env() {
        return { ...options.env, ...device.env }
      },
    }),
  })
  const first = start(devices[0] ?? { name: 'cpu', env: {} })
  let engines = [first, ...devices.slice(1).map(start)]
  const listeners = new Set<() => void>()
  const tell = (): void => {
    for (const listener of listeners) listener()
  }
  return {
    first,
    engines: () => engines,
    add(device) {
      const engine = start(device)
      engines = [...engines, engine]
      tell()
      return engine
    },
    async remove(id) {
      const leaving = engines.find((engine) => engine.id === id && engine !== first)
      if (!leaving) return
      engines = engines.filter((engine) => engine !== leaving)
      tell()
      await leaving.process.stop()
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    rest: async () => {
      await Promise.all(engines.slice(1).map(({ process }) => process.stop()))
    },
    stop: async () => {
      await Promise.all(engines.map(({ process }) => process.stop()))
    },
    kill: async () => {
      await Promise.all(engines.map(({ process }) => process.kill()))
    },
  }
}
