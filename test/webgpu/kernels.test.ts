import { expect, test } from 'vitest'
import * as t from '../../src/engine/tensor/build.ts'
import { Graph } from '../../src/engine/tensor/graph.ts'
import { describeKernelsOn, expectSame, onBoth } from '../unit/onnx/describe-kernels.ts'
import { normals } from '../unit/tensor/normals.ts'
import { compileWebGpu, noAdapter } from './adapter.ts'

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

describeKernelsOn({
  name: 'WebGPU',
  compile: compileWebGpu,
  skip: noAdapter !== null,
  takes: ({ kind, name }) => !onHost.has(kind) || name === 'rows of numbers at indices of 32 bits',
})

test.skipIf(noAdapter).each([1, 2, 3, 17, 500, 5000])('cumulative sums over %i numbers', async (size) => {
  const graph = new Graph()
  const x = graph.input('x', 'f32', [2, size])
  for (const exclusive of [false, true])
    graph.output(`${exclusive}`, graph.apply({ kind: 'CumSum', exclusive }, [x]))
  expectSame(await onBoth(compileWebGpu, graph, { x: Float32Array.from(normals(2 * size, 5)) }))
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
