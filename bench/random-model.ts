import { llamaConfig } from '../src/engine/model/families/llama.ts'
import type { ModelConfig } from '../src/engine/model/model-config.ts'
import { modelWeights } from '../src/engine/model/weight-names.ts'
import { sizeOf } from '../src/engine/tensor/shape-rules.ts'
import { hash32 } from '../src/engine/tensor/random.ts'
import { starterConfig } from '../scripts/starter/starter-model.ts'

/** Speed depends on shapes alone, so the weights are random: nothing has to be downloaded. */
export interface ModelShape {
  name: string
  config: ModelConfig
}

export const starterShape: ModelShape = {
  name: 'starter',
  config: llamaConfig({
    layers: starterConfig.num_hidden_layers,
    hidden: starterConfig.hidden_size,
    heads: starterConfig.num_attention_heads,
    kvHeads: starterConfig.num_key_value_heads,
    headDim: starterConfig.head_dim,
    ffn: starterConfig.intermediate_size,
    vocab: starterConfig.vocab_size,
  }),
}

export const tenMillionShape: ModelShape = {
  name: '10M',
  config: llamaConfig({
    layers: 10,
    hidden: 256,
    heads: 4,
    kvHeads: 2,
    headDim: 64,
    ffn: 768,
    vocab: 8192,
  }),
}

/** config.json of HuggingFaceTB/SmolLM2-135M. */
export const smolShape: ModelShape = {
  name: '135M',
  config: llamaConfig({
    layers: 30,
    hidden: 576,
    heads: 9,
    kvHeads: 3,
    headDim: 64,
    ffn: 1536,
    vocab: 49152,
  }),
}

const block = Float32Array.from({ length: 2 ** 18 }, (_, i) => (hash32(7, i) / 2 ** 32 - 0.5) * 0.08)

/** Uniform in ±0.04, from one block of random numbers entered at another place for each seed. */
export function randomArray(length: number, seed: number): Float32Array<ArrayBuffer> {
  const data = new Float32Array(length)
  for (let at = 0, from = hash32(seed) % block.length; at < length; from = 0) {
    const part = block.subarray(from, Math.min(block.length, from + length - at))
    data.set(part, at)
    at += part.length
  }
  return data
}

export function randomWeights({
  config,
}: ModelShape): Map<string, { shape: readonly number[]; data: Float32Array }> {
  return new Map(
    modelWeights(config).map(({ name, shape }, i) => [
      name,
      {
        shape,
        data: shape.length === 1 ? new Float32Array(sizeOf(shape)).fill(1) : randomArray(sizeOf(shape), i),
      },
    ]),
  )
}

export const parameterCount = ({ config }: ModelShape): number =>
  modelWeights(config).reduce((sum, { shape }) => sum + sizeOf(shape), 0)

/** Token ids that differ from place to place. */
export const randomTokens = (count: number, vocab: number, seed: number): number[] =>
  Array.from({ length: count }, (_, i) => hash32(seed, i) % vocab)
