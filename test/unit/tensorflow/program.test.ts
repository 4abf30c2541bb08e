import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { CompileProgram, Feeds } from '../../../src/engine/onnx/compiled-program.ts'
import { Program } from '../../../src/engine/onnx/program.ts'
import * as t from '../../../src/engine/tensor/build.ts'
import { Graph } from '../../../src/engine/tensor/graph.ts'
import type { TensorFlow } from '../../../src/engine/tensorflow/library.ts'
import { TensorFlowProgram } from '../../../src/engine/tensorflow/tensorflow-program.ts'
import { folderOfTests } from '../../temp-folder.ts'
import { expectNoGrowth, expectPassedOn, expectWrittenInPlace } from '../onnx/tensors-in-device-memory.ts'
import { cachedAttentionGraph } from '../tensor/cached-attention-graph.ts'
import { normals } from '../tensor/normals.ts'
import { compileTensorFlow, tensorFlow } from './tensorflow-under-test.ts'

const dir = folderOfTests('spin-tensorflow')

async function runOnce(compile: CompileProgram, graph: Graph, feeds: Feeds, weightsFolder?: string) {
  const program = await compile(graph, { threads: 1, ...(weightsFolder && { weightsFolder }) })
  try {
    return await program.run(feeds)
  } finally {
    await program.release()
    expect(tensorFlow.memory().numTensors).toBe(0)
  }
}

describe('a program on TensorFlow has the face of one on ONNX Runtime', () => {
  const graph = new Graph()
  graph.output('y', t.add(graph.input('x', 'f32', [2, 3]), graph.input('bias', 'f32', [3])))
  const x = Float32Array.of(1, 2, 3, 4, 5, 6)
  const bias = Float32Array.of(10, 20, 30)

  test('it refuses what does not fit in the same words, and is as good as before', async () => {
    const program = await compileTensorFlow(graph, { threads: 1 })
    await expect(program.run({ x })).rejects.toThrow('program input bias [3] was not fed')
    await expect(program.run({ x: x.subarray(1), bias })).rejects.toThrow(
      'program input x: expected 6 elements for [2,3], found 5',
    )
    expect(await program.run({ x, bias })).toEqual({ y: Float32Array.of(11, 22, 33, 14, 25, 36) })
    expect([...program.outputs]).toEqual([['y', { dtype: 'f32', shape: [2, 3] }]])
    await program.release()
  })

  test('results are the caller’s own: neither inputs nor constants nor each other', async () => {
    const echo = new Graph()
    const value = echo.input('x', 'f32', [6])
    const held = echo.constant(Float32Array.of(7, 8), 'f32', [2])
    for (const [name, result] of Object.entries({ same: value, again: t.reshape(value, [2, 3]), held }))
      echo.output(name, result)
    const program = await compileTensorFlow(echo, { threads: 1 })
    const first = await program.run({ x })
    for (const array of Object.values(first)) (array as Float32Array).fill(0)
    expect(await program.run({ x })).toEqual({ same: x, again: x, held: Float32Array.of(7, 8) })
    expect(x[0]).toBe(1)
    await program.release()
  })

  test('after a run only constants are held, and nothing after its release', async () => {
    const deep = new Graph()
    let value = deep.input('x', 'f32', [2])
    for (let i = 0; i < 20; i++) value = t.exp(t.neg(t.add(value, deep.scalar(i + 0.5, 'f32'))))
    deep.output('y', value)
    const program = await compileTensorFlow(deep, { threads: 1 })
    const held = tensorFlow.memory().numTensors
    expect(held).toBe(20)
    for (let run = 0; run < 2; run++) await program.run({ x: Float32Array.of(1, 2) })
    expect(tensorFlow.memory().numTensors).toBe(held)
    await program.release()
    expect(tensorFlow.memory().numTensors).toBe(0)
  })

  test('a tensor is let go after its last use: 100 ops in a row need no more than a few at once', async () => {
    const long = new Graph()
    let value = long.input('x', 'f32', [10_000])
    for (let i = 0; i < 50; i++) value = t.tanh(t.mul(value, value))
    long.output('y', value)
    let mostBytes = 0
    const watched: TensorFlow = {
      ...tensorFlow,
      tanh: (x) => {
        mostBytes = Math.max(mostBytes, tensorFlow.memory().numBytes)
        return tensorFlow.tanh(x)
      },
    }
    const program = await TensorFlowProgram.compile(watched, long)
    await program.run({ x: new Float32Array(10_000) })
    await program.release()
    expect(mostBytes).toBeGreaterThan(0)
    expect(mostBytes).toBeLessThanOrEqual(3 * 40_000) // of 100 tensors
  })
})

test('types that TensorFlow.js has not are refused at once, by name', async () => {
  const double = new Graph()
  double.output('y', t.exp(double.input('x', 'f64', [2])))
  await expect(compileTensorFlow(double, { threads: 1 })).rejects.toThrow(/without float64/)
  const wide = new Graph()
  wide.output('y', wide.constant(BigInt64Array.of(5n, 2n ** 40n), 'i64', [2]))
  await expect(compileTensorFlow(wide, { threads: 1 })).rejects.toThrow(/32 bits.*1099511627776/)
})

test('constants of every type', async () => {
  const graph = new Graph()
  graph.output('i32', graph.constant(Int32Array.of(-1, 2 ** 31 - 1), 'i32', [2]))
  graph.output('i64', graph.constant(BigInt64Array.of(-5n, 2n ** 31n - 1n), 'i64', [2]))
  graph.output('bool', graph.constant(Uint8Array.of(0, 1), 'bool', [1, 2]))
  graph.output('f32', graph.scalar(0.1, 'f32'))
  expect(await runOnce(compileTensorFlow, graph, {})).toEqual(await runOnce(Program.compile, graph, {}))
})

test.each(['f16', 'bf16'] as const)('rounding to %s and back, ties and the ends of the range', async (to) => {
  const graph = new Graph()
  graph.output('y', t.cast(t.cast(graph.input('x', 'f32', [8]), to), 'f32'))
  const x = Float32Array.of(0.1, 1 + 2 ** -11, 1 + 3 * 2 ** -11, 1 + 2 ** -8, -65504, 6e-8, Infinity, 0)
  expect(await runOnce(compileTensorFlow, graph, { x })).toEqual(await runOnce(Program.compile, graph, { x }))
})

test('weights are read from a file at an offset, in each format, and a short file is an error', async () => {
  const numbers = [0.5, -1.25, 3, -96]
  const f32 = Buffer.from(Float32Array.from(numbers).buffer)
  const bf16 = Buffer.from(Uint16Array.from({ length: 4 }, (_, i) => f32.readUInt16LE(4 * i + 2)).buffer)
  writeFileSync(join(dir, 'w.bin'), Buffer.concat([Buffer.alloc(8), f32, bf16]))
  const read = (dtype: 'f32' | 'bf16', offset: number) => {
    const graph = new Graph()
    const bytes = dtype === 'f32' ? 16 : 8
    const place = { name: 'w', dtype, shape: [4], file: 'w.bin', offset, bytes }
    const w = t.cast(graph.apply({ kind: 'External', ...place }), 'f32')
    graph.output('y', t.add(w, graph.input('x', 'f32', [])))
    return runOnce(compileTensorFlow, graph, { x: Float32Array.of(0) }, dir)
  }
  expect(await read('f32', 8)).toEqual({ y: Float32Array.from(numbers) })
  expect(await read('bf16', 24)).toEqual({ y: Float32Array.from(numbers) })
  await expect(read('bf16', 28)).rejects.toThrow('weight w: expected 8 bytes in w.bin, found 4')
})

test('weights are read from a file that exists in memory alone', async () => {
  const graph = new Graph()
  const codes = { name: 'c', dtype: 'u8', shape: [1, 2], file: 'codes', offset: 1, bytes: 2 } as const
  const scales = { name: 's', dtype: 'f32', shape: [1, 1], file: 'scales', offset: 0, bytes: 4 } as const
  const leaf = (place: typeof codes | typeof scales) => graph.apply({ kind: 'External', ...place })
  graph.output('y', graph.apply({ kind: 'Dequantize', bits: 4, input: 4 }, [leaf(codes), leaf(scales)]))
  const program = await compileTensorFlow(graph, {
    threads: 1,
    heldFiles: {
      codes: Uint8Array.of(9, 0x0f, 0x70),
      scales: new Uint8Array(Float32Array.of(2).buffer),
    },
  })
  expect(await program.run({})).toEqual({ y: Float32Array.of(-2, 2, 0, -2) })
  await program.release()
})

test.each([
  [20, 100],
  [3, 1e9],
])('a loop of at most %i trips, until %i, with values of the graph around it', async (trips, limit) => {
  const graph = new Graph()
  const added = t.exp(graph.input('shift', 'f32', []))
  const body = new Graph()
  const step = body.input('step', 'i64', [])
  body.input('going', 'bool', [])
  const next = t.add(t.scale(body.input('x', 'f32', [2]), 2), added)
  const total = t.reduceSum(next, [0])
  body.output('going', body.apply({ kind: 'Less' }, [total, body.scalar(limit, 'f32')]))
  body.output('x', next)
  body.output('total', total)
  body.output('step', step)
  const loop = { kind: 'Loop', body, trips, carried: 1, stacked: 2 } as const
  graph.applyAll(loop, [graph.input('x', 'f32', [2])]).forEach((value, i) => graph.output(`y${i}`, value))
  const feeds = { x: Float32Array.of(1, 2), shift: Float32Array.of(0) }
  expect(await runOnce(compileTensorFlow, graph, feeds)).toEqual(await runOnce(Program.compile, graph, feeds))
})

describe('cached attention: a prompt of three lengths, then two tokens', () => {
  const [batch, heads, kvHeads, headDim, prompt, capacity] = [3, 4, 2, 32, 5, 8]
  const lengths = [5, 1, 3]

  test.each([
    ['plain', { window: null, softcap: 0 }, headDim],
    ['a window of 3', { window: 3, softcap: 0 }, headDim],
    ['capped scores', { window: null, softcap: 2 }, headDim],
    ['half of each head turned', { window: null, softcap: 0 }, headDim / 2],
  ])('%s', async (_, form, turned) => {
    const random = (seed: number, ...shape: number[]) =>
      Float32Array.from(
        normals(
          shape.reduce((n, size) => n * size, 1),
          seed,
        ),
      )
    const angles = Array.from({ length: (capacity * turned) / 2 }, (_angle, i) => 0.7 ** (i % 8) * (i >> 2))
    let [pastK, pastV] = [
      new Float32Array(batch * kvHeads * capacity * headDim),
      new Float32Array(batch * kvHeads * capacity * headDim),
    ]
    for (const [call, tokens] of [prompt, 1, 1].entries()) {
      const sizes = { batch, heads, kvHeads, headDim, capacity, turned }
      const graph = cachedAttentionGraph(sizes, tokens, form)
      const feeds = {
        q: random(10 + call, batch, tokens, heads * headDim),
        k: random(20 + call, batch, tokens, kvHeads * headDim),
        v: random(30 + call, batch, tokens, kvHeads * headDim),
        pastK,
        pastV,
        last: Int32Array.from(lengths, (n) => n - 1 + call),
        total: Int32Array.of(prompt + call),
        cos: Float32Array.from(angles, Math.cos),
        sin: Float32Array.from(angles, Math.sin),
      }
      const expected = await runOnce(Program.compile, graph, feeds)
      const found = await runOnce(compileTensorFlow, graph, feeds)
      const width = heads * headDim
      for (let b = 0; b < batch; b++) {
        const rows = tokens === 1 ? 1 : lengths[b]! // what stands in padding is undefined
        for (let i = 0; i < rows * width; i++) {
          const at = b * tokens * width + i
          // Numbers of size 1, sums of at most 16 products in another order.
          expect(
            Math.abs((found['o'] as Float32Array)[at]! - (expected['o'] as Float32Array)[at]!),
          ).toBeLessThan(1e-5)
        }
      }
      pastK = found['presentK'] as Float32Array<ArrayBuffer>
      pastV = found['presentV'] as Float32Array<ArrayBuffer>
    }
  })
})

test('tensors that stay on the device are arrays here: the same calls serve all backends', async () => {
  await expectPassedOn(compileTensorFlow, 5)
  await expectNoGrowth(compileTensorFlow, 10)
  await expectWrittenInPlace(compileTensorFlow, 10)
})
