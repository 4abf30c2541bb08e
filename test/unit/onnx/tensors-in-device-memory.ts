import { expect } from 'vitest'
import type { CompileProgram } from '../../../src/engine/onnx/compiled-program.ts'
import { DeviceMemory } from '../../../src/engine/onnx/device-memory.ts'
import { liveDeviceTensors } from '../../../src/engine/onnx/device-tensor.ts'
import { Program } from '../../../src/engine/onnx/program.ts'
import * as t from '../../../src/engine/tensor/build.ts'
import { Graph } from '../../../src/engine/tensor/graph.ts'
import { normals } from '../tensor/normals.ts'

const x = Float32Array.from(normals(12, 1)) // [4,3]
const w = Float32Array.from(normals(6, 2)) // [2,3]

/** silu(x·wᵀ) [4,2], and its sum. */
function first(): Graph {
  const graph = new Graph()
  const y = t.silu(t.gemm(graph.input('x', 'f32', [4, 3]), graph.input('w', 'f32', [2, 3]), { transB: true }))
  graph.output('y', y)
  graph.output('sum', t.reduceSum(y))
  return graph
}

/** Rows of y at ids, by w again [N,3]. */
function second(): Graph {
  const graph = new Graph()
  const picked = t.gatherRows(graph.input('y', 'f32', [4, 2]), graph.input('ids', 'i32', [3]))
  graph.output('z', t.gemm(picked, graph.input('w', 'f32', [2, 3])))
  return graph
}

/** Two programs on arrays of the host: what the tensors must give too. */
async function throughHost() {
  const [one, two] = [
    await Program.compile(first(), { threads: 1 }),
    await Program.compile(second(), { threads: 1 }),
  ]
  const { y, sum } = await one.run({ x, w })
  const { z } = await two.run({ y: y!, ids: Int32Array.of(3, 0, 3), w })
  await Promise.all([one.release(), two.release()])
  return { sum: sum as Float32Array, z: z as Float32Array }
}

/** Sends, computes, feeds on to a second program (the first is gone by then) and fetches; nothing is left behind. */
export async function expectPassedOn(compile: CompileProgram, digits: number): Promise<void> {
  const expected = await throughHost()
  const before = liveDeviceTensors()
  const memory = new DeviceMemory(compile)
  const one = await compile(first(), { threads: 1, onDevice: ['y'] })
  const two = await compile(second(), { threads: 1, onDevice: ['z'] })
  const sentX = x.slice()
  const held = {
    x: await memory.upload(sentX, 'f32', [4, 3]),
    w: await memory.upload(w, 'f32', [2, 3]),
    ids: await memory.upload(Int32Array.of(3, 0, 3), 'i32', [3]),
  }
  sentX.fill(7) // the tensor is a copy
  const { host, device } = await one.runOnDevice({ x: held.x, w: held.w })
  await one.release()
  expect(Object.keys(device)).toEqual(['y'])
  expect(device['y']!.shape).toEqual([4, 2])
  expect((host['sum'] as Float32Array)[0]).toBeCloseTo(expected.sum[0]!, digits)
  const z = (await two.runOnDevice({ y: device['y']!, ids: held.ids, w: held.w })).device['z']!
  const fetched = (await memory.download(z)) as Float32Array
  for (const [i, value] of expected.z.entries()) expect(fetched[i]).toBeCloseTo(value, digits)
  expect(await memory.download(held.x)).toEqual(x)
  expect(await memory.download(held.ids)).toEqual(Int32Array.of(3, 0, 3))

  await expect(two.run({ y: device['y']!, ids: held.ids, w: held.w })).rejects.toThrow(
    'run this program by runOnDevice',
  )
  await expect(two.runOnDevice({ y: held.x, ids: held.ids, w: held.w })).rejects.toThrow(
    'program input y: expected [4,2], found [4,3]',
  )
  device['y']!.dispose()
  await expect(two.runOnDevice({ y: device['y']!, ids: held.ids, w: held.w })).rejects.toThrow(
    'was used after it had been disposed of',
  )
  for (const tensor of [z, ...Object.values(held)]) tensor.dispose()
  z.dispose() // again does nothing
  expect(liveDeviceTensors()).toEqual(before)
  await two.release()
  await memory.release()
}

/** A value that takes a thousand steps on the device, each step's tensor in the place of the one before. */
export async function expectNoGrowth(compile: CompileProgram, steps: number): Promise<void> {
  const before = liveDeviceTensors()
  const memory = new DeviceMemory(compile)
  const graph = new Graph()
  const value = graph.input('x', 'f32', [64])
  graph.output('next', t.add(value, graph.scalar(1, 'f32')))
  const program = await compile(graph, { threads: 1, onDevice: ['next'] })
  let current = await memory.upload(new Float32Array(64), 'f32', [64])
  const after = { tensors: before.tensors + 1, bytes: before.bytes + 256 }
  for (let step = 0; step < steps; step++) {
    const next = (await program.runOnDevice({ x: current })).device['next']!
    current.dispose()
    current = next
    expect(liveDeviceTensors()).toEqual(after)
  }
  expect(await memory.download(current)).toEqual(new Float32Array(64).fill(steps))
  current.dispose()
  await program.release()
  await memory.release()
  expect(liveDeviceTensors()).toEqual(before)
}

/** Numbers put into an array on the device where it lies, and read by the same program; other places keep theirs. */
export async function expectWrittenInPlace(compile: CompileProgram, steps: number): Promise<void> {
  const before = liveDeviceTensors()
  const memory = new DeviceMemory(compile)
  const graph = new Graph()
  const array = graph.input('array', 'f32', [-1])
  const added = t.mul(graph.input('x', 'f32', [2]), graph.scalar(2, 'f32'))
  const written = graph.apply({ kind: 'PutElements' }, [array, added, graph.input('at', 'i32', [2])])
  graph.output('written', written)
  graph.output('sum', t.reduceSum(written))
  const program = await compile(graph, { threads: 1, inPlace: { written: 'array' } })
  const held = await memory.upload(new Float32Array(2 * steps).fill(1), 'f32', [2 * steps])
  for (let step = 0; step < steps; step++) {
    // Of both halves one number each.
    const results = await program.run({
      array: held,
      x: Float32Array.of(step + 1, -step - 1),
      at: Int32Array.of(step, steps + step),
    })
    expect(Object.keys(results)).toEqual(['sum'])
    expect((results['sum'] as Float32Array)[0]).toBeCloseTo(2 * (steps - step - 1), 3)
  }
  const expected = Array.from({ length: steps }, (_, step) => 2 * (step + 1))
  expect([...((await memory.download(held)) as Float32Array)]).toEqual([
    ...expected,
    ...expected.map((x) => -x),
  ])
  await expect(
    program.run({
      array: { data: new Float32Array(2), shape: [2] },
      x: Float32Array.of(1, 1),
      at: Int32Array.of(0, 1),
    }),
  ).rejects.toThrow('expected a tensor on the device')
  held.dispose()
  await program.release()
  await memory.release()
  expect(liveDeviceTensors()).toEqual(before)
}

/** Only what nothing else reads may be written to where it lies. */
export async function expectReadElsewhereRefused(compile: CompileProgram): Promise<void> {
  const graph = new Graph()
  const array = graph.input('array', 'f32', [4])
  const put = graph.apply({ kind: 'PutElements' }, [
    array,
    graph.input('x', 'f32', [2]),
    graph.input('at', 'i32', [2]),
  ])
  graph.output('written', put)
  graph.output('old', t.reduceSum(array))
  await expect(compile(graph, { threads: 1, inPlace: { written: 'array' } })).rejects.toThrow(
    'output written cannot be written in place',
  )
  await expect(compile(graph, { threads: 1, inPlace: { old: 'array' } })).rejects.toThrow(
    'cannot be written in place',
  )
}
