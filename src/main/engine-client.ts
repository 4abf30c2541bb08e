import type { EngineContract, LogEvent } from '../contract/engine.ts'
import { AppError } from '../contract/errors.ts'
import type { CallOptions, StreamOptions } from '../ipc/client.ts'
import type {
  CallInput,
  CallName,
  CallOutput,
  Contract,
  StreamEvent,
  StreamInput,
  StreamName,
} from '../ipc/contract.ts'
import type { EngineProcess } from './engine-process.ts'
import { runLogWords } from '../strings/run-log.ts'

export interface RestartOptions {
  /** Failures in a row without progress between them before it gives up. */
  maxFailures?: number
}

/**
 * Runs a stream to its end, over crashes of the engine: the stages are idempotent, so the same request again
 * continues from disk. Yields the engine's events and, before each new attempt, a warning. Progress that no earlier
 * attempt had reached starts the counting of failures anew. Where the engine ran out of memory the request goes again with
 * `memoryAttempt`, at which stages take half as much at once, and keeps it to its end. Throws ENGINE_UNAVAILABLE when the engine crashed
 * `maxFailures` times in a row, or twice in the same way, without such progress.
 */
export async function* streamWithRestart<
  C extends Contract = EngineContract,
  N extends StreamName<C> = StreamName<C>,
>(
  engine: EngineProcess<C>,
  name: N,
  input: StreamInput<C, N>,
  { maxFailures = 3, ...options }: StreamOptions & RestartOptions = {},
): AsyncGenerator<StreamEvent<C, N> | LogEvent, void, void> {
  const reached = createHighWater()
  const attempts = createAttempts(name, maxFailures)
  for (;;) {
    try {
      const stream = engine.client().stream(name, attempts.withMemoryHint(input), options)
      for await (const event of withSilences(engine, stream)) {
        if (reached.advance(event)) {
          attempts.progressed()
          engine.forgiveCrashes()
        }
        yield event
      }
      return
    } catch (error) {
      yield attempts.failed(error, options.signal)
    }
  }
}

/** The same for a call; warnings go to `onLog`. */
export async function callWithRestart<
  C extends Contract = EngineContract,
  N extends CallName<C> = CallName<C>,
>(
  engine: EngineProcess<C>,
  name: N,
  input: CallInput<C, N>,
  {
    maxFailures = 3,
    onLog,
    ...options
  }: CallOptions & RestartOptions & { onLog?: (event: LogEvent) => void } = {},
): Promise<CallOutput<C, N>> {
  const attempts = createAttempts(name, maxFailures)
  const end = engine.onSilence((...silence) => onLog?.(silenceLog(...silence)))
  try {
    for (;;) {
      try {
        return await engine.client().call(name, attempts.withMemoryHint(input), options)
      } catch (error) {
        const warning = attempts.failed(error, options.signal)
        onLog?.(warning)
      }
    }
  } finally {
    end()
  }
}

/** Tries at one piece of work, over crashes. */
export interface Attempts {
  progressed(): void
  /** The request for the next attempt. */
  withMemoryHint<T>(input: T): T
  /** The warning to show before the next attempt; throws when there must be none. */
  failed(error: unknown, signal: AbortSignal | undefined): LogEvent
}

export function createAttempts(name: string, maxFailures: number): Attempts {
  let failures = 0
  let lastFailure: unknown = null
  /** Times that memory ran out. */
  let memoryAttempt = 0
  return {
    withMemoryHint: (input) => (memoryAttempt === 0 ? input : { ...input, memoryAttempt }),
    progressed() {
      failures = 0
      lastFailure = null
    },
    failed(error, signal) {
      if (!(error instanceof AppError) || error.code !== 'ENGINE_CRASHED' || signal?.aborted) throw error
      failures++
      const failure = error.data['failure']
      const { outOfMemory } = error.data
      if (outOfMemory) memoryAttempt++
      // With less memory asked for, the same end is not the same failure.
      const repeated = failure !== null && failure === lastFailure && !outOfMemory
      lastFailure = failure
      if (repeated || failures >= maxFailures) {
        const why = repeated ? 'twice in the same way' : `${failures} times in a row`
        const advice = error.data['hung'] || error.data['deviceLost'] ? ` ${otherDevice}` : ''
        const message = `"${name}" made the engine stop ${why} without getting further, so it is not tried again.${advice} ${error.message}`
        throw new AppError('ENGINE_UNAVAILABLE', message, error.data, { cause: error })
      }
      const [firstLine = ''] = error.message.split('\n')
      return {
        kind: 'log',
        level: 'warning',
        again: true,
        message: runLogWords.startedAgain(firstLine, Boolean(outOfMemory), failures + 1, maxFailures),
      }
    },
  }
}

const otherDevice =
  'The device does not work: choose another one (Settings > Devices, --device), or restart the machine; the run then goes on from here.'

const silenceLog = (silentMs: number, limitMs: number): LogEvent => ({
  kind: 'log',
  level: 'warning',
  message: runLogWords.silent(silentMs / 1000, (limitMs - silentMs) / 1000),
})

/** The events of a stream, and between them a warning when nothing is heard of the engine for long. */
async function* withSilences<E>(
  engine: Pick<EngineProcess, 'onSilence'>,
  events: AsyncIterable<E>,
): AsyncGenerator<E | LogEvent, void, void> {
  let told: LogEvent | null = null
  let wake = (): void => undefined
  const end = engine.onSilence((...silence) => {
    told = silenceLog(...silence)
    wake()
  })
  const iterator = events[Symbol.asyncIterator]()
  let ended = false
  try {
    for (;;) {
      let step: IteratorResult<E> | null = null
      // A promise of its own for each event: one that lasts as long as the stream would keep what waits for it as long.
      const next = iterator.next().then((result) => {
        step = result
        wake()
      })
      while (step === null) {
        const silence = Promise.withResolvers<void>()
        wake = silence.resolve
        await Promise.race([next, silence.promise])
        if (told !== null) yield told
        told = null
      }
      const { done, value } = step as IteratorResult<E>
      ended = done === true
      if (ended) return
      yield value as E
    }
  } catch (error) {
    ended = true
    throw error
  } finally {
    end()
    if (!ended) await iterator.return?.()
  }
}

interface HighWater {
  /** Whether this event shows work that no earlier event had shown. */
  advance(event: unknown): boolean
}

/**
 * After a restart a stage repeats its last steps, and what it read back from disk it reports at once; only numbers
 * above the highest ever seen are progress.
 */
function createHighWater(): HighWater {
  const marks = new Map<string, number>()
  return {
    advance(event) {
      const { kind, stage, done, split, index, step } = event as Record<string, unknown>
      const value = [done, index, step].find((n) => typeof n === 'number')
      if (typeof value !== 'number') return false
      const key = [kind, stage, split].join('/')
      const highest = marks.get(key)
      if (highest !== undefined && value <= highest) return false
      marks.set(key, value)
      return value > 0
    },
  }
}
