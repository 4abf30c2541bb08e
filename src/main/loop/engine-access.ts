import type { z } from 'zod'
import type { EngineContract, LogEvent } from '../../contract/engine.ts'

type Calls = EngineContract['calls']
type Streams = EngineContract['streams']
export type StageStream = keyof Streams
export type StreamEvent<N extends StageStream> = z.output<Streams[N]['event']>

/** All that the loop needs of the engine. The client on the pipe has this shape; so has any other way to reach it. */
export interface EngineAccess {
  call<N extends keyof Calls>(
    name: N,
    input: z.input<Calls[N]['input']>,
    options?: { signal?: AbortSignal },
  ): Promise<z.output<Calls[N]['output']>>
  stream<N extends StageStream>(
    name: N,
    input: z.input<Streams[N]['input']>,
    options?: { signal?: AbortSignal },
  ): AsyncIterable<StreamEvent<N> | LogEvent>
}
