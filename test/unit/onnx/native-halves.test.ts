import ort from 'onnxruntime-node'
import { describe, expect, test } from 'vitest'
import { AdapterSettings } from '../../../src/contract/settings.ts'
import { firstAdapter } from '../../../src/engine/model/adapter/adapter.ts'
import { LayeredModel } from '../../../src/engine/model/layered-model.ts'
import type { ModelConfig } from '../../../src/engine/model/model-config.ts'
import type { CompileProgram } from '../../../src/engine/onnx/compiled-program.ts'
import { lowerGraph } from '../../../src/engine/onnx/lower.ts'
import type { Provider } from '../../../src/engine/onnx/lowering-context.ts'
import { Program } from '../../../src/engine/onnx/program.ts'
import type { Graph } from '../../../src/engine/tensor/graph.ts'
import { accumulateGradients } from '../../../src/engine/training/layered-gradients.ts'
import { buildMicroBatch } from '../../../src/engine/training/micro-batch.ts'
import { randomWeights, tinyLlama } from '../scoring/random-llama.ts'
import { eosIds, mixedRows, settings } from '../trainer/training-run.ts'

// What cards are given has halves of its own instead of rounded float32 numbers. The processor has no kernels for it, but ONNX
// Runtime checks every node's types before it looks for kernels.

const micro = buildMicroBatch(
  [0, 1, 4],
  mixedRows,
  { real: new Float32Array(14), generated: new Float32Array(14), realEos: new Float32Array(14) },
  { rows: 3, realTokens: 12 },
  settings(),
  eosIds,
)
const configs: [string, ModelConfig][] = [
  ['a plain layer with biases', { ...tinyLlama, biases: { qkv: true, o: true, mlp: true } }],
  [
    'fused matrices, norms of q and k, gelu',
    {
      ...tinyLlama,
      fusedProjections: true,
      queryKeyNorm: true,
      sandwichNorms: true,
      activation: 'gelu-tanh',
      attentionSoftcap: 5,
    },
  ],
]

/** Every program of a pass forward and backward, of all weights and of an adapter with dropout. */
async function programsOf(config: ModelConfig, precision: 'f16' | 'bf16'): Promise<Graph[]> {
  const graphs: Graph[] = []
  const compile: CompileProgram = (graph, options) => {
    graphs.push(graph)
    return Program.compile(graph, options)
  }
  for (const withAdapter of [false, true]) {
    const adapter = withAdapter
      ? firstAdapter(config, AdapterSettings.parse({ rank: 2, dropout: 0.3 }))
      : null
    const model = new LayeredModel(config, randomWeights(config, 5), 1, { adapter, precision, compile })
    const into = new Map([...model.trainable].map(([name, { length }]) => [name, new Float32Array(length)]))
    const dropout = withAdapter ? { seed: 1, step: 1, microBatch: 0 } : null
    await accumulateGradients(model, micro.batch, micro.terms, into, { dropout, lossScale: 8 })
    await model.release()
  }
  return graphs
}

/** What ONNX Runtime says of a program that was lowered for another provider; null = it would run it. */
async function verdict(graph: Graph, provider: Provider): Promise<string | null> {
  try {
    const session = await ort.InferenceSession.create(lowerGraph(graph, provider), { logSeverityLevel: 4 })
    await session.release()
    return null
  } catch (error) {
    return String(error)
  }
}

describe.each(['cuda', 'webgpu'] as const)('programs for %s', (provider) => {
  test.each(configs)('in f16 are valid, and their types those of the ops: %s', async (_, config) => {
    const graphs = await programsOf(config, 'f16')
    expect(graphs.length).toBeGreaterThanOrEqual(6)
    for (const graph of graphs) expect(await verdict(graph, provider)).toBeNull()
  })
})

test.each(configs)('programs for CUDA in bf16 lack nothing but kernels here: %s', async (_, config) => {
  let refused = 0
  for (const graph of await programsOf(config, 'bf16')) {
    const said = await verdict(graph, 'cuda')
    if (said === null) continue // the head computes in float32
    expect(said).toContain('Could not find an implementation for')
    refused++
  }
  expect(refused).toBe(4)
})
