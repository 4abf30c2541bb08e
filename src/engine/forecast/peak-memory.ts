import { readFileSync, writeFileSync } from 'node:fs'

/**
 * Peak resident memory of this process from a moment on, in all: what an earlier probe has left behind is what the next one
 * allocates from, so a difference would count it to nobody. Linux can forget the old peak (clear_refs 5, proc(5)); elsewhere
 * the peak since the start is all there is.
 */
export function watchPeakMemory(): () => number {
  try {
    writeFileSync('/proc/self/clear_refs', '5')
  } catch (error) {
    // Not Linux, or a container that forbids it: the figures are then too high rather than too low.
    if (!(error instanceof Error)) throw error
  }
  return peakBytes
}

/** The most this process has had resident, bytes. */
export function peakBytes(): number {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
    if (kilobytes !== undefined) return Number(kilobytes) * 1024
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  return process.resourceUsage().maxRSS * 1024
}
