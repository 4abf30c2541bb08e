import { llamaConfig } from '../../../src/engine/model/families/llama.ts'
import type { ModelConfig } from '../../../src/engine/model/model-config.ts'
import { type Weight, type WeightDtype, openSafetensors } from '../../../src/engine/model/safetensors.ts'
import { writeSafetensors } from '../../../src/engine/model/write-safetensors.ts'
import { modelWeights } from '../../../src/engine/model/weight-names.ts'
import { sizeOf } from '../../../src/engine/tensor/shape-rules.ts'
import { normals } from '../tensor/normals.ts'

export const tinyLlama: ModelConfig = llamaConfig({
  layers: 2,
  hidden: 16,
  heads: 4,
  kvHeads: 2,
  headDim: 6,
  ffn: 20,
  vocab: 37,
  maxPositions: 512,
  eosTokenIds: [2],
})

/** Random weights of a size that makes logits of a few units, norms and biases away from 1 and 0. */
export function randomWeights(config: ModelConfig, seed = 1): Map<string, Float32Array> {
  return new Map(
    modelWeights(config).map(({ name, shape }, i) => {
      const numbers = normals(sizeOf(shape), 1000 * seed + i)
      const scale = /norm|bias/.test(name)
        ? 0.2
        : /embed|lm_head/.test(name)
          ? 0.5
          : 1.2 / Math.sqrt(shape[1]!)
      return [name, Float32Array.from(numbers, (x) => (name.includes('norm') ? 1 : 0) + scale * x)]
    }),
  )
}

/** The weights as a checkpoint file. */
export async function writeWeights(
  path: string,
  config: ModelConfig,
  weights: ReadonlyMap<string, Float32Array>,
  dtype: WeightDtype = 'F32',
) {
  const named = new Map<string, Weight>(
    modelWeights(config).map(({ name, shape }) => [name, { shape, data: weights.get(name)! }]),
  )
  await writeSafetensors(path, named, dtype)
  return openSafetensors(path)
}

/** Token ids of a sequence, spread over the vocabulary without the first three. */
export const randomTokens = (count: number, seed: number, vocab: number): number[] =>
  normals(count, seed).map((x) => 3 + (Math.floor(Math.abs(x) * 1e6) % (vocab - 3)))
