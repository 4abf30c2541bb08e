import { callWithRestart, streamWithRestart } from '../engine-client.ts'
import type { EngineAccess, StageStream, StreamEvent } from '../loop/engine-access.ts'
import { FinetuneRequest, GenerateRequest, type LogEvent } from '../../contract/engine.ts'
import { answerOverEngines } from './answer-over-engines.ts'
import type { EnginePool } from './engine-pool.ts'
import { enginePoolWords } from '../../strings/engine-pool.ts'
import { trainOverRanks } from './train-over-ranks.ts'

/**
 * The engines of a pool as one: what can be shared out is, everything else is done by the first, while the others end so that
 * it has the memory.
 */
export function poolAccess(pool: EnginePool, onLog?: (event: LogEvent) => void): EngineAccess {
  return {
    call: (name, input, options = {}) =>
      callWithRestart(pool.first.process, name, input, { ...options, ...(onLog && { onLog }) }),
    stream: (name, input, options = {}) => ({
      [Symbol.asyncIterator]: () => {
        if (pool.engines().length > 1 && name === 'generate')
          return answerOverEngines(pool, GenerateRequest.parse(input), options) as Events<typeof name>
        if (pool.engines().length > 1 && name === 'finetune')
          return train(pool, FinetuneRequest.parse(input), options) as Events<typeof name>
        return alone(pool, name, input, options) as Events<typeof name>
      },
    }),
  }
}
type Events<N extends StageStream> = AsyncGenerator<StreamEvent<N> | LogEvent, void, void>

async function* train(
  pool: EnginePool,
  request: FinetuneRequest,
  options: { signal?: AbortSignal },
): AsyncGenerator<unknown, void, void> {
  if (request.settings.adapter) return yield* trainOverRanks(pool, request, options)
  yield { kind: 'log', level: 'info', message: enginePoolWords.onlyAdapters(pool.first.name) }
  yield* alone(pool, 'finetune', request, options)
}

async function* alone<N extends StageStream>(
  pool: EnginePool,
  name: N,
  input: Parameters<EngineAccess['stream']>[1],
  options: { signal?: AbortSignal },
): AsyncGenerator<unknown, void, void> {
  await pool.rest()
  yield* streamWithRestart(pool.first.process, name, input as never, options)
}
