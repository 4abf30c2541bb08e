import ort from 'onnxruntime-node'
import { describe, expect, test } from 'vitest'
import { lowerGraph } from '../../src/engine/onnx/lower.ts'
import { detours, type PlacedNode, PlacementProfile } from '../../src/engine/onnx/node-placement.ts'
import * as t from '../../src/engine/tensor/build.ts'
import { Graph } from '../../src/engine/tensor/graph.ts'
import { compileWebGpu, noAdapter } from './adapter.ts'

function product(): Graph {
  const graph = new Graph()
  const x = graph.input('x', 'f32', [4, 4])
  graph.output('y', t.exp(t.matMul(x, x, { transB: true })))
  return graph
}
const ones = new Float32Array(16).fill(1)

describe.skipIf(noAdapter)('where nodes run is read from a profile', () => {
  test('all of a program lowered for WebGPU runs there', async () => {
    let nodes: PlacedNode[] = []
    const program = await compileWebGpu(product(), { threads: 1, onPlacement: (found) => (nodes = found) })
    await program.run({ x: ones })
    await program.release()
    expect(nodes.map(({ op }) => op)).toContain('MatMul')
    expect(detours(nodes, 'webgpu')).toEqual([])
  })

  test('a node that fell back to the processor is found', async () => {
    const profile = new PlacementProfile()
    // Lowered for the processor, with a product that WebGPU has no kernel for, and free to fall back.
    const session = await ort.InferenceSession.create(lowerGraph(product(), 'cpu'), {
      executionProviders: ['webgpu'],
      logSeverityLevel: 3,
      ...profile.sessionOptions,
    })
    await session.run({ x: new ort.Tensor('float32', ones, [4, 4]) })
    const nodes = profile.read(session)
    await session.release()
    const away = detours(nodes, 'webgpu')
    expect(away).toMatchObject([{ op: 'FusedMatMul', provider: 'CPUExecutionProvider' }])
    expect(nodes.some(({ op, provider }) => op === 'Exp' && provider === 'WebGpuExecutionProvider')).toBe(
      true,
    )
  })
})
