import { AppError } from '../contract/errors.ts'

/**
 * One long job at a time: two would share the cores, the memory and perhaps the output folder. A job that was
 * cancelled but is still winding down is waited for; any other makes the new one fail with BUSY.
 */
export interface JobSlot {
  stream<T>(
    name: string,
    signal: AbortSignal,
    make: () => Promise<AsyncIterable<T>>,
  ): AsyncGenerator<T, void, void>
  call<T>(name: string, signal: AbortSignal, make: () => Promise<T>): Promise<T>
}

export function createJobSlot(): JobSlot {
  let current: { name: string; signal: AbortSignal; ended: Promise<void> } | null = null

  async function take(name: string, signal: AbortSignal): Promise<() => void> {
    while (current) {
      if (!current.signal.aborted) {
        throw new AppError(
          'BUSY',
          `The engine does one job at a time and is at "${current.name}"; start "${name}" when it has ended or cancel it`,
          {
            running: current.name,
            requested: name,
          },
        )
      }
      await current.ended
    }
    if (signal.aborted) throw new AppError('CANCELLED', `"${name}" was cancelled before it began`)
    const { promise, resolve } = Promise.withResolvers<void>()
    current = { name, signal, ended: promise }
    return () => {
      current = null
      resolve()
    }
  }

  return {
    async *stream(name, signal, make) {
      const release = await take(name, signal)
      try {
        yield* await make()
      } finally {
        release()
      }
    },
    async call(name, signal, make) {
      const release = await take(name, signal)
      try {
        return await make()
      } finally {
        release()
      }
    },
  }
}
