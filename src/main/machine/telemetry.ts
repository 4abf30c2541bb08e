import { cpus, freemem, totalmem } from 'node:os'
import { statfs } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { Telemetry } from '../../contract/app/machine.ts'
import { watchLoads, type LoadWatch } from './nvidia-smi.ts'

export interface TelemetrySource {
  watch(signal: AbortSignal): AsyncGenerator<Telemetry>
}

/** One look for all windows that watch, every `intervalMs`; nothing is measured while none does. */
export function createTelemetry({
  diskOf,
  intervalMs = 2000,
  openLoads = watchLoads,
}: {
  diskOf: () => string
  intervalMs?: number
  openLoads?: () => LoadWatch
}): TelemetrySource {
  let watchers = 0
  let loads: LoadWatch | null = null
  return {
    async *watch(signal) {
      if (watchers++ === 0) loads = openLoads()
      let before = processorTimes()
      try {
        let processorLoad: number | null = null
        while (!signal.aborted) {
          const { bavail, blocks, bsize } = await statfs(diskOf())
          const memory = memoryNow()
          yield {
            gpus: loads?.loads() ?? [],
            processorLoad,
            ...memory,
            freeDiskBytes: bavail * bsize,
            diskBytes: blocks * bsize,
          }
          await waitFor(intervalMs, signal)
          const now = processorTimes()
          const total = now.total - before.total
          processorLoad = total > 0 ? 1 - (now.idle - before.idle) / total : processorLoad
          before = now
        }
      } finally {
        if (--watchers === 0) {
          loads?.end()
          loads = null
        }
      }
    },
  }
}

/** Bytes; a container's own limit where it has one. */
export function memoryNow(): { memoryBytes: number; usedMemoryBytes: number } {
  const limit = process.constrainedMemory()
  const isLimited = limit > 0 && limit < totalmem()
  const memoryBytes = isLimited ? limit : totalmem()
  // availableMemory counts what caches would give back, which freemem on Linux does not.
  const available = Math.min(process.availableMemory() || freemem(), memoryBytes)
  return { memoryBytes, usedMemoryBytes: memoryBytes - available }
}

/** Milliseconds of all processors since the system started. */
function processorTimes(): { idle: number; total: number } {
  let idle = 0
  let total = 0
  for (const { times } of cpus()) {
    idle += times.idle
    total += times.user + times.nice + times.sys + times.idle + times.irq
  }
  return { idle, total }
}

async function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await pause(ms, undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
