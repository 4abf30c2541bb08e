/** Events of several producers as one stream, in the order in which they were sent. */
export interface EventChannel<T> {
  send(event: T): void
  /** After what was sent before; throws `error` at the reader where one is given. */
  end(error?: unknown): void
  events(): AsyncGenerator<T, void, void>
}

export function createEventChannel<T>(): EventChannel<T> {
  const waiting: T[] = []
  let ended: { error: unknown } | null = null
  let wake: (() => void) | null = null
  const notify = (): void => {
    wake?.()
    wake = null
  }
  return {
    send(event) {
      waiting.push(event)
      notify()
    },
    end(error) {
      ended ??= { error }
      notify()
    },
    async *events() {
      for (;;) {
        while (waiting.length > 0) yield waiting.shift()!
        if (ended) {
          if (ended.error !== undefined) throw ended.error
          return
        }
        await new Promise<void>((resolve) => (wake = resolve))
      }
    },
  }
}

/**
 * Events that work sends, until it has ended; an error of the work is thrown behind them. `stop` is aborted, and the work waited
 * for, when the reader leaves; `signal` also when `outer` is.
 */
export async function* eventsOf<T>(
  outer: AbortSignal | undefined,
  work: (send: (event: T) => void, signal: AbortSignal, stop: AbortController) => Promise<void>,
): AsyncGenerator<T, void, void> {
  const stop = new AbortController()
  const signal = outer ? AbortSignal.any([outer, stop.signal]) : stop.signal
  const channel = createEventChannel<T>()
  const ended = work((event) => channel.send(event), signal, stop).then(
    () => channel.end(),
    (error: unknown) => channel.end(error),
  )
  try {
    yield* channel.events()
  } finally {
    stop.abort()
    await ended
  }
}
