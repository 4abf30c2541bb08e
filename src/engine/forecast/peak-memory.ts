import { readFileSync, writeFileSync } from 'node:fs'

/**
 * Peak resident memory of this process from a moment on. Linux can forget the old peak (clear_refs 5, proc(5)); elsewhere
 * the peak since the start is all there is.
 */
export function watchPeakMemory(): () => number {
  const before = residentBytes()
  try {
    writeFileSync('/proc/self/clear_refs', '5')
  } catch (error) {
    // Not Linux, or a container that forbids it: the figures are then too high rather than too low.
    if (!(error instanceof Error)) throw error
  }
  return () => Math.max(0, peakBytes() - before)
}

export function residentBytes(): number {
  return process.memoryUsage.rss()
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
