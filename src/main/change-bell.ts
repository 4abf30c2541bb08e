export interface ChangeBell {
  /** Something that a window shows has changed. */
  ring(): void
  /** Resolves at the next ring, after `waitMs`, or when the signal is aborted. */
  next(waitMs: number, signal: AbortSignal): Promise<void>
}

/** One bell for all that windows watch: a watcher looks again at every ring, and no view is kept for those who are away. */
export function createChangeBell(): ChangeBell {
  const waiting = new Set<() => void>()
  return {
    ring() {
      for (const wake of waiting) wake()
      waiting.clear()
    },
    next(waitMs, signal) {
      return new Promise((resolve) => {
        const timer = setTimeout(finish, waitMs)
        function finish(): void {
          clearTimeout(timer)
          waiting.delete(finish)
          signal.removeEventListener('abort', finish)
          resolve()
        }
        waiting.add(finish)
        signal.addEventListener('abort', finish, { once: true })
        if (signal.aborted) finish()
      })
    },
  }
}
