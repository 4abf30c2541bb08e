import { llamaConfig } from '../../../src/engine/model/families/llama.ts'
import type { ModelConfig } from '../../../src/engine/model/model-config.ts'

const sizes = {
  layers: 2,
  hidden: 64,
  heads: 4,
  kvHeads: 2,
  headDim: 32,
  ffn: 96,
  vocab: 501,
}
const biases = { qkv: true, o: true, mlp: false }
/** Heads wide enough for products of one row each (see onnx/step-attention.ts); the other models' are not. */
export const wideConfig = llamaConfig(
  { ...sizes, headDim: 64, maxPositions: 512, tiedEmbeddings: false },
  { biases },
)
const frequencies = (count: number) => Float64Array.from({ length: count }, (_, i) => 0.6 ** i)
/** What other families have: layers that see 8 tokens and layers that see all, soft caps, norms of heads and of outputs. */
export const mixedConfig: ModelConfig = {
  ...llamaConfig({ ...sizes, layers: 3, maxPositions: 512 }),
  normOffset: 1,
  activation: 'gelu-tanh',
  queryKeyNorm: true,
  sandwichNorms: true,
  embeddingScale: 8,
  attentionScale: 0.2,
  attentionSoftcap: 5,
  logitSoftcap: 6,
  layerKinds: [
    { window: 8, rope: { inverseFrequencies: frequencies(16), attentionFactor: 1 } },
    { window: null, rope: { inverseFrequencies: frequencies(8), attentionFactor: 1.2 } },
  ],
  kindOfLayer: [0, 1, 0],
}
export const fusedConfig: ModelConfig = {
  ...llamaConfig({ ...sizes, maxPositions: 512 }),
  fusedProjections: true,
}
/** Several end tokens, likely enough together that some answers stop and some do not. */
export const severalEos = Array.from({ length: 20 }, (_, i) => 2 + 25 * i)
