import { readFileSync } from 'node:fs'

/**
 * How many processes the kernel's out-of-memory killer has ended since the system started; null where it cannot be told
 * (Linux alone counts them). A SIGKILL looks the same whoever sent it: only this number tells the two apart.
 */
export function oomKills(): number | null {
  if (process.platform !== 'linux') return null
  try {
    const count = /^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'utf8'))?.[1]
    return count === undefined ? null : Number(count)
  } catch (error) {
    // A container may hide it; the cause of a kill then stays a guess.
    if (error instanceof Error && 'code' in error) return null
    throw error
  }
}
