import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** Peak memory on the card of one process and its children, by nvidia-smi; null where it does not say. */
export interface DeviceMemory {
  peakBytes(): number | null
  end(): void
}

/** A line of `--query-compute-apps=pid,used_memory --format=csv,noheader,nounits`; null = of another process, or none. */
export function bytesOf(line: string, pids: ReadonlySet<number>): number | null {
  const [, pid, mebibytes] = /^\s*(\d+)\s*,\s*(\d+)\s*$/.exec(line) ?? []
  return pid !== undefined && pids.has(Number(pid)) ? Number(mebibytes) * 1024 * 1024 : null
}

/** Looks five times a second. A process on several cards has a line for each; they are not added up. */
export function watchDeviceMemory(pid: number, command = 'nvidia-smi'): DeviceMemory {
  let peak: number | null = null
  const pids = new Set([pid])
  const child = spawn(
    command,
    ['--query-compute-apps=pid,used_memory', '--format=csv,noheader,nounits', '--loop-ms=200'],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  child.on('error', () => undefined) // no such tool: a machine without such a card
  createInterface({ input: child.stdout }).on('line', (line) => {
    const bytes = bytesOf(line, pids)
    if (bytes !== null) peak = Math.max(peak ?? 0, bytes)
  })
  return { peakBytes: () => peak, end: () => void child.kill() }
}
