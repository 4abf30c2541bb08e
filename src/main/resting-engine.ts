import { callWithRestart, streamWithRestart } from './engine-client.ts'
import type { EngineProcess } from './engine-process.ts'
import type { EngineAccess } from './loop/engine-access.ts'

/** How long an engine keeps its memory when nobody asks anything of it. */
const defaultRestMs = 60_000

/**
 * An engine that is ended when it has had nothing to do for `restMs`: what a measured model took goes back to the system, and
 * the next use starts it anew.
 */
export function restingAccess(process: EngineProcess, restMs = defaultRestMs): EngineAccess {
  let inUse = 0
  let timer: NodeJS.Timeout | undefined
  let stopped: Promise<void> = Promise.resolve()
  async function begin(): Promise<void> {
    inUse++
    clearTimeout(timer)
    await stopped // one that is ending takes nothing more
  }
  function end(): void {
    inUse--
    if (inUse > 0) return
    timer = setTimeout(() => (stopped = process.stop()), restMs).unref()
  }
  return {
    async call(name, input, options = {}) {
      try {
        await begin()
        return await callWithRestart(process, name, input, options)
      } finally {
        end()
      }
    },
    stream: (name, input, options = {}) => ({
      async *[Symbol.asyncIterator]() {
        try {
          await begin()
          yield* streamWithRestart(process, name, input, options)
        } finally {
          end()
        }
      },
    }),
  }
}
