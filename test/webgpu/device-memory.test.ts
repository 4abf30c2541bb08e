import { expect, test } from 'vitest'
import { DeviceMemory } from '../../src/engine/onnx/device-memory.ts'
import { Program } from '../../src/engine/onnx/program.ts'
import { transfers } from '../../src/engine/onnx/transfers.ts'
import * as t from '../../src/engine/tensor/build.ts'
import { Graph } from '../../src/engine/tensor/graph.ts'
import {
  expectNoGrowth,
  expectPassedOn,
  expectReadElsewhereRefused,
  expectWrittenInPlace,
} from '../unit/onnx/tensors-in-device-memory.ts'
import { compileWebGpu, noAdapter } from './adapter.ts'

// Two products of three numbers and a Silu in float32, computed by another kernel.
test.skipIf(noAdapter)('a tensor goes from program to program in the memory of the device', () =>
  expectPassedOn(compileWebGpu, 5),
)

test.skipIf(noAdapter)('a thousand steps leave no tensor behind', () => expectNoGrowth(compileWebGpu, 1000))

test.skipIf(noAdapter)('an array is written where it lies', async () => {
  await expectWrittenInPlace(compileWebGpu, 1000)
  await expectReadElsewhereRefused(compileWebGpu)
})

test.skipIf(noAdapter)('only what is not on the device is sent and fetched', async () => {
  const memory = new DeviceMemory(compileWebGpu)
  const graph = new Graph()
  const x = graph.input('x', 'f32', [1000])
  graph.output('kept', t.mul(x, graph.input('factor', 'f32', [])))
  graph.output('sum', t.reduceSum(x))
  const program = await compileWebGpu(graph, { threads: 1, onDevice: ['kept'] })
  const start = transfers()
  const held = await memory.upload(new Float32Array(1000).fill(1), 'f32', [1000])
  expect(transfers()).toEqual({ sentBytes: start.sentBytes + 4000, fetchedBytes: start.fetchedBytes })
  const { host, device } = await program.runOnDevice({ x: held, factor: Float32Array.of(3) })
  expect(host['sum']).toEqual(Float32Array.of(1000))
  expect(transfers()).toEqual({ sentBytes: start.sentBytes + 4004, fetchedBytes: start.fetchedBytes + 4 })
  held.dispose()
  device['kept']!.dispose()
  await program.release()
  await memory.release()
})

test.skipIf(noAdapter)(
  'a program of the processor refuses a tensor of the device, and the other way round',
  async () => {
    const graph = new Graph()
    graph.output('y', t.exp(graph.input('x', 'f32', [1])))
    for (const [there, here] of [
      [compileWebGpu, Program.compile],
      [Program.compile, compileWebGpu],
    ] as const) {
      const memory = new DeviceMemory(there)
      const tensor = await memory.upload(Float32Array.of(1), 'f32', [1])
      const program = await here(graph, { threads: 1 })
      await expect(program.run({ x: tensor })).rejects.toThrow('fetch it and send it again')
      tensor.dispose()
      await program.release()
      await memory.release()
    }
  },
)
