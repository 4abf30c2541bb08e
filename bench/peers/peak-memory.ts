import { readFileSync } from 'node:fs'

/** The most memory this process has had resident, bytes: what Linux calls VmHWM, as the Python peers read it. */
export function peakMemory(): number {
  const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))
  return line ? Number(line[1]) * 1024 : process.resourceUsage().maxRSS * 1024
}
