/** How one life of the engine's process ended. */
export interface EngineExit {
  pid: number | null
  exitCode: number | null
  signal: string | null
  /** It was asked to stop. */
  expected: boolean
  /** It had said that it was ready to serve. */
  served: boolean
  /** The system or the runtime had no memory left for it; false = something else, or it cannot be told. */
  outOfMemory: boolean
  /** It gave no sign of life for too long and was killed for it. */
  hung: boolean
  /** It said that its device was lost, and was killed for it. */
  deviceLost: boolean
  /** Why the process could not be started at all, or why the supervisor killed it; null otherwise. */
  reason: string | null
  /** The last lines of its stderr, oldest first. */
  stderr: readonly string[]
}

/** `exit code 134`, `signal SIGKILL`, `spawn … ENOENT`. */
export function exitText(exit: EngineExit): string {
  if (exit.signal) return `signal ${exit.signal}`
  if (exit.exitCode !== null) return `exit code ${exit.exitCode}`
  return exit.reason ?? 'unknown reason'
}

/**
 * Two crashes with the same signature failed in the same way. Numbers are left out (addresses, pids, times). A SIGKILL
 * or SIGTERM comes from outside and says nothing about the work, so it has none.
 */
export function crashSignature(exit: EngineExit): string | null {
  if (exit.signal === 'SIGKILL' || exit.signal === 'SIGTERM') return null
  const line =
    exit.stderr.findLast((text) => /\b(\w*Error|FATAL|Fatal|terminate called|Assertion)\b/.test(text)) ?? ''
  return `${exitText(exit)} ${line.replaceAll(/0x[0-9a-f]+|\d+/gi, '#')}`
}

/** Last words of V8 and of the C++ library where they got no memory and gave up. */
export const saysOutOfMemory = (stderr: readonly string[]): boolean =>
  stderr.some((line) => /heap out of memory|FATAL ERROR: .*\bout of memory|std::bad_alloc/i.test(line))

/**
 * What drivers log of an allocation that failed, behind which a process may end in any way: Dawn through ONNX Runtime,
 * "WebGPU device error(3): vkCreateBuffer failed with VK_ERROR_OUT_OF_DEVICE_MEMORY" (3 = out of memory).
 */
export const deviceSaysOutOfMemory = (stderr: readonly string[]): boolean =>
  stderr.some((line) => /WebGPU device error\(3\)|VK_ERROR_OUT_OF_(DEVICE|HOST)_MEMORY/.test(line))

export interface CrashRecord {
  add(exit: EngineExit): void
  /** Forgets what was: the engine did its work, or a person asks for another try. */
  clear(): void
  /** Why it must not be started again now; null when it may. */
  refusal(): string | null
  readonly restartsLeft: number
}

/** The restart cap: `maxRestarts` in `windowMs`, and none when the engine twice failed to start in the same way. */
export function createCrashRecord(maxRestarts: number, windowMs: number, now: () => number): CrashRecord {
  let crashes: { atMs: number; exit: EngineExit }[] = []

  function recent(): { atMs: number; exit: EngineExit }[] {
    crashes = crashes.filter((crash) => now() - crash.atMs < windowMs)
    return crashes
  }
  return {
    add(exit) {
      crashes.push({ atMs: now(), exit })
    },
    clear() {
      crashes = []
    },
    refusal() {
      const [last, before] = recent().toReversed()
      if (crashes.length > maxRestarts) {
        return `it stopped unexpectedly ${crashes.length} times in ${Math.round(windowMs / 60_000)} minutes, the last time with ${last ? exitText(last.exit) : ''}`
      }
      if (last && before && !last.exit.served && !before.exit.served) {
        const signature = crashSignature(last.exit)
        if (signature && signature === crashSignature(before.exit))
          return `it failed twice to start, each time with ${exitText(last.exit)}`
      }
      return null
    },
    get restartsLeft() {
      return Math.max(0, maxRestarts + 1 - recent().length)
    },
  }
}
