import { readFileSync } from 'node:fs'
import type { OpenDemo } from './demo-record.ts'

export interface CostMeter {
  /** The last look. */
  stop(): void
}

const everyMs = 1000

/**
 * Counts working seconds and peak memory into the demo's record, every second, so that a killed attempt is counted up
 * to its last second. The peaks are the system's own high-water marks, so nothing between two looks is missed.
 */
export function startCostMeter({ record, save }: OpenDemo, enginePid: () => number | null): CostMeter {
  let since = performance.now()
  let stopped = false
  function look(): void {
    const now = performance.now()
    record.seconds += (now - since) / 1000
    since = now
    record.peakMainBytes = Math.max(record.peakMainBytes, process.resourceUsage().maxRSS * 1024)
    const pid = enginePid()
    if (pid !== null) record.peakEngineBytes = Math.max(record.peakEngineBytes, peakBytesOf(pid))
    save()
  }
  const timer = setInterval(look, everyMs)
  timer.unref()
  return {
    stop() {
      if (stopped) return
      stopped = true
      clearInterval(timer)
      look()
    },
  }
}

/** VmHWM of a process. 0 where the system does not tell or the process has just ended; the engine itself is asked then. */
function peakBytesOf(pid: number): number {
  if (process.platform !== 'linux') return 0
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return 0
    throw error
  }
}
