import { readFileSync } from 'node:fs'

/**
 * Tells a hung engine from a busy one. While a program runs the engine's main thread is inside a native call and answers nothing, for
 * milliseconds or for minutes; a lost device or a kernel that never ends looks the same and never ends. So the longest silence that
 * did end is the measure: several times that, and never less than some minutes, is no longer work.
 */
export interface WatchdogLimits {
  /** How often the engine is asked for a sign. */
  tickMs: number
  /** No shorter silence is ever judged. */
  leastMs: number
  /** The same before the first result of a request: models are read and programs compiled. */
  firstMs: number
  /** Of the longest silence so far. */
  factor: number
}

export const defaultLimits: WatchdogLimits = {
  tickMs: 5000,
  leastMs: 300_000,
  firstMs: 1_200_000,
  factor: 10,
}

export interface WatchdogParts extends Partial<WatchdogLimits> {
  /** Resolves when the engine's main thread has answered. */
  ping(): Promise<void>
  /** Milliseconds of processor time that the engine has used; null = it does not tell whether it works (see processorTime). */
  processorMs(): number | null
  /** Half of the limit is over: how long nothing was heard, and after how long the engine is ended. */
  onSilence(silentMs: number, limitMs: number): void
  /** Said once; the engine is to be ended. */
  onHung(silentMs: number): void
  /** Milliseconds; the first stands still while the machine sleeps, on most systems, the second does not. */
  now?: () => number
  wallClock?: () => number
}

export interface Watchdog {
  /** A request begins; returns what ends it. Nothing is judged while there is none. */
  begin(): () => void
  /** An event came; `isResult`: of work that was done, behind models that were read and programs compiled. */
  heard(isResult: boolean): void
  /** One look; the timer does it every `tickMs`. */
  tick(): void
  end(): void
}

/** Less than this share of a processor is a thread that waits. */
const workingShare = 0.02

export function createWatchdog({
  ping,
  processorMs,
  onSilence,
  onHung,
  now = () => performance.now(),
  wallClock = Date.now,
  ...given
}: WatchdogParts): Watchdog {
  const { tickMs, leastMs, firstMs, factor } = { ...defaultLimits, ...given }
  let requests = 0
  /** Requests that no event has come of. */
  let waiting = 0
  let silentMs = 0
  let longestMs = 0
  let told = false
  let hung = false
  let asking = false
  let lastMs = now()
  let lastWall = wallClock()
  let lastProcessorMs = processorMs()
  let timer: NodeJS.Timeout | undefined

  function alive(): void {
    longestMs = Math.max(longestMs, silentMs)
    silentMs = 0
    told = false
  }
  function look(): void {
    if (requests === 0 || hung) return
    const [ms, wall, processor] = [now(), wallClock(), processorMs()]
    const passed = ms - lastMs
    const wallPassed = wall - lastWall
    const worked = processor === null || lastProcessorMs === null ? 0 : processor - lastProcessorMs
    ;[lastMs, lastWall, lastProcessorMs] = [ms, wall, processor]
    // This process itself did not run (sleep, a debugger, a stopped terminal) or the clock was set: nothing can be said of that time.
    if (passed > 3 * tickMs || Math.abs(wallPassed - passed) > 3 * tickMs) {
      silentMs = 0
      told = false
      return
    }
    silentMs += passed
    if (worked > workingShare * passed) alive()
    const limitMs = Math.max(waiting > 0 ? firstMs : leastMs, factor * longestMs)
    if (silentMs > limitMs) {
      hung = true
      return onHung(silentMs)
    }
    if (silentMs > limitMs / 2 && !told) {
      told = true
      onSilence(silentMs, limitMs)
    }
  }
  function ask(): void {
    if (asking) return
    asking = true
    const answered = (): void => {
      asking = false
    }
    ping().then(alive).then(answered, answered)
  }
  const dog: Watchdog = {
    begin() {
      if (requests++ === 0) {
        alive()
        ;[lastMs, lastWall, lastProcessorMs] = [now(), wallClock(), processorMs()]
        timer = setInterval(() => dog.tick(), tickMs).unref()
      }
      waiting++
      return () => {
        requests--
        waiting = Math.min(waiting, requests)
        if (requests === 0) clearInterval(timer)
      }
    },
    heard(isResult) {
      if (isResult) waiting = 0
      alive()
    },
    tick() {
      look()
      if (requests > 0 && !hung) ask()
    },
    end: () => clearInterval(timer),
  }
  return dog
}

/** Clock ticks a second in /proc, the same on every Linux that Node runs on. */
const ticksPerSecond = 100

/** What a process has used of processors, in milliseconds; null where it cannot be told: Linux alone tells. */
export function processorTime(pid: number | undefined): number | null {
  if (pid === undefined || process.platform !== 'linux') return null
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field, a name, may hold anything; utime and stime are the 14th and 15th.
    const [utime, stime] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
    return ((Number(utime) + Number(stime)) / ticksPerSecond) * 1000
  } catch {
    return null // it has just ended
  }
}
