import { expect, it } from 'vitest'
import { engineContract, type EngineContract } from '../../../src/contract/engine.ts'
import { connect } from '../../../src/ipc/client.ts'
import type { Contract } from '../../../src/ipc/contract.ts'
import { createPipeWire } from '../../../src/ipc/pipe-wire.ts'
import { type Handlers, serve } from '../../../src/ipc/server.ts'
import { benchmarkCalls, benchmarkStreams } from './engine-samples/benchmark-samples.ts'
import { datasetCalls, datasetStreams } from './engine-samples/dataset-samples.ts'
import { generationCalls, generationStreams } from './engine-samples/generation-samples.ts'
import { modelCalls, modelStreams } from './engine-samples/model-samples.ts'
import { pairCalls } from './engine-samples/pair-samples.ts'
import type { CallSamples, StreamSamples } from './engine-samples/sample-types.ts'
import { trainingCalls, trainingStreams } from './engine-samples/training-samples.ts'
import { openSocketPair } from './socket-pair.ts'

const calls: CallSamples = {
  ...modelCalls,
  ...datasetCalls,
  ...generationCalls,
  ...pairCalls,
  ...trainingCalls,
  ...benchmarkCalls,
}
const streams: StreamSamples = {
  ...modelStreams,
  ...datasetStreams,
  ...generationStreams,
  ...trainingStreams,
  ...benchmarkStreams,
}

async function* all<T>(values: readonly T[]): AsyncGenerator<T, void, void> {
  yield* values
}

it('every type of the engine contract crosses the pipe unchanged and still parses on the other side', async () => {
  const [near, far] = await openSocketPair()
  /** As the handlers got them. */
  const inputs: Record<string, unknown> = {}
  const handlers = {
    calls: Object.fromEntries(
      Object.entries(calls).map(([name, { output }]) => [
        name,
        (input: unknown) => {
          inputs[name] = input
          return output
        },
      ]),
    ),
    streams: Object.fromEntries(
      Object.entries(streams).map(([name, { events }]) => [
        name,
        (input: unknown) => {
          inputs[name] = input
          return all<unknown>(events)
        },
      ]),
    ),
  }
  const contract: Contract = engineContract
  serve(createPipeWire(far), contract, handlers as Handlers<Contract>)
  const client = connect<EngineContract>(createPipeWire(near))

  for (const [name, sample] of Object.entries(calls)) {
    const { input, output } = contract.calls[name]!
    const found = await client.call(name as keyof typeof calls, sample.input as never)
    expect(output.parse(found), name).toEqual(sample.output)
    expect(inputs[name], name).toEqual(input.parse(sample.input))
  }
  for (const [name, sample] of Object.entries(streams)) {
    const { input, event } = contract.streams[name]!
    const seen: unknown[] = []
    for await (const one of client.stream(name as keyof typeof streams, sample.input as never))
      seen.push(event.parse(one))
    expect(seen, name).toEqual(sample.events)
    expect(inputs[name], name).toEqual(input.parse(sample.input))
  }
  client.close()
})
