import { describe, expect, test } from 'vitest'
import { AdapterSettings } from '../../../src/contract/settings.ts'
import { firstAdapter } from '../../../src/engine/model/adapter/adapter.ts'
import { LayeredModel } from '../../../src/engine/model/layered-model.ts'
import type { ModelConfig } from '../../../src/engine/model/model-config.ts'
import { SavedActivations, savedLayerBytes } from '../../../src/engine/model/saved-activations.ts'
import { accumulateGradients, type PassOptions } from '../../../src/engine/training/layered-gradients.ts'
import { buildMicroBatch } from '../../../src/engine/training/micro-batch.ts'
import { randomWeights, tinyLlama } from '../scoring/random-llama.ts'
import { eosIds, mixedRows, settings } from './training-run.ts'

const opponent = {
  real: new Float32Array(14).fill(-9),
  generated: new Float32Array(14).fill(-8),
  realEos: new Float32Array(14),
}
const micro = buildMicroBatch(
  [0, 1, 2, 4],
  mixedRows,
  opponent,
  { rows: 4, realTokens: 17 },
  settings({ nllWeight: 0.5 }),
  eosIds,
)
const configs: [string, ModelConfig][] = [
  ['a plain layer', { ...tinyLlama, biases: { qkv: true, o: true, mlp: true } }],
  ['fused matrices', { ...tinyLlama, fusedProjections: true }],
  [
    'norms of q and k, of attention and of the MLP',
    { ...tinyLlama, queryKeyNorm: true, sandwichNorms: true, normOffset: 1 },
  ],
]

async function gradientsOf(model: LayeredModel, options: PassOptions) {
  const into = new Map([...model.trainable].map(([name, { length }]) => [name, new Float32Array(length)]))
  const { loss } = await accumulateGradients(model, micro.batch, micro.terms, into, options)
  return { loss, into }
}

describe.each(configs)('gradients of %s', (_, config) => {
  const bytes = savedLayerBytes(config, micro.batch.tokenRows)

  test('are the same to the last bit, whether no layer, one or all leave their activations', async () => {
    const model = new LayeredModel(config, randomWeights(config, 5), 1)
    const recomputed = await gradientsOf(model, {})
    for (const savedBytes of [bytes, config.layers * bytes])
      expect(await gradientsOf(model, { savedBytes })).toEqual(recomputed)
    await model.release()
  })

  test('so are those of an adapter with dropout', async () => {
    const adapter = firstAdapter(config, AdapterSettings.parse({ rank: 2, dropout: 0.3 }))
    for (const [name, { data }] of adapter.tensors)
      if (name.includes('lora_B')) data.forEach((_x, i) => (data[i] = Math.sin(i + name.length)))
    const model = new LayeredModel(config, randomWeights(config, 5), 1, { adapter })
    const dropout = { seed: 3, step: 7, microBatch: 0 }
    const recomputed = await gradientsOf(model, { dropout })
    expect(await gradientsOf(model, { dropout, savedBytes: config.layers * bytes })).toEqual(recomputed)
    await model.release()
  })
})

test('as many layers leave their activations as the memory holds, the last ones first', () => {
  const config = { ...tinyLlama, layers: 5 }
  const bytes = savedLayerBytes(config, 32)
  const wanted = (memory: number) => {
    const saved = new SavedActivations(config, 32, memory)
    return [0, 1, 2, 3, 4].filter((layer) => saved.wants(layer))
  }
  expect(wanted(0)).toEqual([])
  expect(wanted(bytes - 1)).toEqual([])
  expect(wanted(2.5 * bytes)).toEqual([3, 4])
  expect(wanted(100 * bytes)).toEqual([0, 1, 2, 3, 4])
})

test('the forecast of a layer’s activations is what its forward pass leaves', async () => {
  for (const [, config] of configs) {
    const model = new LayeredModel(config, randomWeights(config, 5), 1)
    const saved = new SavedActivations(config, micro.batch.tokenRows, 1e9)
    await model.hiddenStates(micro.batch, null, saved)
    const taken = Object.values(saved.take(0)!) as Float32Array[]
    const left = taken.reduce((sum, { byteLength }) => sum + byteLength, 0)
    expect(left).toBe(savedLayerBytes(config, micro.batch.tokenRows))
    expect(saved.take(0)).toBeNull()
    await model.release()
  }
})
