let cpuTime = false

/**
 * Milliseconds of wall-clock time, or of this process's CPU time: with one thread that is what the wall clock would
 * show on a machine without other work, caches aside.
 */
export function now(): number {
  if (!cpuTime) return performance.now()
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

export function useCpuTime(): void {
  cpuTime = true
}
