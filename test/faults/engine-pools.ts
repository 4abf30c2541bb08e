import { afterEach } from 'vitest'
import { type EngineDevice, engineDevices } from '../../src/main/engines/engine-device.ts'
import { createEnginePool, type EnginePool } from '../../src/main/engines/engine-pool.ts'

/** Pools of engines that end with the test they were made in: of devices, or of names, on two cores. */
export function usePools() {
  const pools: EnginePool[] = []
  afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.kill())))
  const poolOn = (devices: readonly EngineDevice[]): EnginePool => {
    const pool = createEnginePool(devices)
    pools.push(pool)
    return pool
  }
  return { poolOn, poolOf: (...names: string[]) => poolOn(engineDevices(names, { cores: 2 })) }
}
