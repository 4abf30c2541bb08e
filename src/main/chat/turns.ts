import { AppError } from '../../contract/errors.ts'

export interface Turns {
  /** Whether a turn that is taken now would have to wait. */
  taken(): boolean
  /** Resolves when all turns taken before have ended, to what ends this one. Throws CANCELLED. */
  take(signal: AbortSignal): Promise<() => void>
}

/** One after the other, in the order in which they were asked. */
export function createTurns(): Turns {
  let last: Promise<void> = Promise.resolve()
  let open = 0
  return {
    taken: () => open > 0,
    async take(signal) {
      const before = last
      const turn = Promise.withResolvers<void>()
      last = before.then(() => turn.promise)
      open++
      const end = (): void => {
        open--
        turn.resolve()
      }
      const left = Promise.withResolvers<void>()
      const leave = (): void => left.resolve()
      signal.addEventListener('abort', leave, { once: true })
      if (signal.aborted) leave()
      await Promise.race([before, left.promise])
      signal.removeEventListener('abort', leave)
      if (!signal.aborted) return end
      end()
      throw new AppError('CANCELLED', 'The answer was stopped before it began.')
    },
  }
}
