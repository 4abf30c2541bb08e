import { describe, expect, test } from 'vitest'
import { gradients } from '../../src/engine/autodiff/gradients.ts'
import { gradientRules } from '../../src/engine/autodiff/gradient-rules.ts'
import type { Feeds } from '../../src/engine/onnx/compiled-program.ts'
import { Program } from '../../src/engine/onnx/program.ts'
import * as t from '../../src/engine/tensor/build.ts'
import type { TensorData } from '../../src/engine/tensor/dtype.ts'
import { Graph } from '../../src/engine/tensor/graph.ts'
import { sizeOf } from '../../src/engine/tensor/shape-rules.ts'
import { caseProgram, normals, opCases } from '../unit/tensor/op-cases.ts'
import { compileWebGpu, noAdapter } from './adapter.ts'

// Of an output's largest number: both round to float32 (6e-8) after sums of a few terms; shaders may compute exp, log
// and tanh to a few units in the last place.
const tolerance = 1e-5

/** Generation alone has them, and decides there on the host: booleans with booleans, indices of 64 bits. */
const onHost = new Set([
  'StepAttention',
  'And',
  'Or',
  'Not',
  'Equal',
  'ReplaceRows',
  'Positions',
  'ArgMax',
  'TopK',
  'Dequantize', // of no generation, but of integers of 8 bits
])

async function onBoth(graph: Graph, feeds: Feeds): Promise<Record<string, TensorData>[]> {
  const results = []
  for (const compile of [Program.compile, compileWebGpu]) {
    const program = await compile(graph, { threads: 1 })
    results.push(await program.run(feeds))
    await program.release()
  }
  return results
}

function expectSame(found: Record<string, TensorData>, expected: Record<string, TensorData>): void {
  for (const [name, data] of Object.entries(expected)) {
    const numbers = Array.from(data as ArrayLike<number>, Number)
    const limit = tolerance * Math.max(1, ...numbers.map(Math.abs))
    expect(found[name]).toHaveLength(numbers.length)
    for (const [i, value] of numbers.entries())
      expect(Math.abs(Number(found[name]![i]) - value)).toBeLessThanOrEqual(limit)
  }
}

describe.skipIf(noAdapter)('every op of training: WebGPU computes what the processor computes', () => {
  const runnable = opCases.filter(
    ({ kind, name, precisions }) =>
      kind !== 'Const' &&
      precisions.includes('f32') &&
      (!onHost.has(kind) || name === 'rows of numbers at indices of 32 bits'),
  )
  for (const opCase of runnable) {
    test(`${opCase.kind}: ${opCase.name}`, async () => {
      const { graph, feeds } = caseProgram(opCase, 'f32')
      const [expected, found] = await onBoth(graph, feeds)
      expectSame(found!, expected!)
    })
  }
})

test.skipIf(noAdapter).each([1, 2, 3, 17, 500, 5000])('cumulative sums over %i numbers', async (size) => {
  const graph = new Graph()
  const x = graph.input('x', 'f32', [2, size])
  for (const exclusive of [false, true])
    graph.output(`${exclusive}`, graph.apply({ kind: 'CumSum', exclusive }, [x]))
  const [expected, found] = await onBoth(graph, { x: Float32Array.from(normals(2 * size, 5)) })
  expectSame(found!, expected!)
})

describe.skipIf(noAdapter)('every gradient rule: WebGPU gives the same gradients', () => {
  for (const kind of Object.keys(gradientRules)) {
    test(`d ${kind}`, async () => {
      const opCase = opCases.find((found) => found.kind === kind && found.wrt.length > 0)!
      const { graph, values, outputs, feeds } = caseProgram(opCase, 'f32')
      const y = outputs[0]!
      const weights = graph.constant(Float32Array.from(normals(sizeOf(y.shape), 4711)), 'f32', y.shape)
      const loss = t.reduceSum(t.mul(y, weights))
      const wanted = gradients(
        new Map([[loss, graph.scalar(1, 'f32')]]),
        opCase.wrt.map((i) => values[i]!),
      )
      graph.results.clear()
      wanted.forEach((value, i) => graph.output(`d${opCase.wrt[i]}`, value))
      const [expected, found] = await onBoth(graph, feeds)
      expectSame(found!, expected!)
    })
  }
})

test.skipIf(noAdapter)(
  'a node that WebGPU has no kernel for is an error, not a detour through the processor',
  async () => {
    const graph = new Graph()
    const [a, b] = [graph.input('a', 'i64', [4]), graph.input('b', 'i64', [4])]
    graph.output('same', t.cast(graph.apply({ kind: 'Equal' }, [a, b]), 'f32'))
    await expect(compileWebGpu(graph, { threads: 1 })).rejects.toThrow(/fallback to CPU/)
  },
)
