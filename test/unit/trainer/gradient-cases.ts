import type { ModelConfig } from '../../../src/engine/model/model-config.ts'
import type { OpponentLogps } from '../../../src/engine/training/micro-batch.ts'
import type { TrainingRow } from '../../../src/engine/training/training-rows.ts'
import { randomTokens, tinyLlama } from '../scoring/random-llama.ts'

/** Two layers with all that a family adds to a Llama, so that every gradient rule of a model is asked for. */
export const configs: [string, ModelConfig][] = [
  ['Llama: tied, without biases', tinyLlama],
  [
    'Qwen 2: own head, with biases',
    { ...tinyLlama, tiedEmbeddings: false, biases: { qkv: true, o: true, mlp: true } },
  ],
  [
    'Gemma and Qwen 3: windows, soft caps, four norms, norms of q and k',
    {
      ...tinyLlama,
      normOffset: 1,
      activation: 'gelu-tanh',
      queryKeyNorm: true,
      sandwichNorms: true,
      embeddingScale: 4,
      attentionScale: 0.3,
      attentionSoftcap: 5,
      logitSoftcap: 8,
      layerKinds: [
        { ...tinyLlama.layerKinds[0]!, window: 4 },
        { window: null, rope: { inverseFrequencies: Float64Array.of(0.7, 0.05), attentionFactor: 1.2 } },
      ],
      kindOfLayer: [0, 1],
    },
  ],
  ['Phi: fused projections', { ...tinyLlama, fusedProjections: true }],
]

/** Prompts and answers of several lengths; the second prompt is one token, the third row has no negative. */
export const unevenRows: readonly TrainingRow[] = [
  [4, 5, 3],
  [1, 2, 7],
  [6, 4, 0],
  [3, 1, 1],
  [9, 12, 10],
].map(([prompt, real, generated], i) => ({
  promptIds: randomTokens(prompt!, 10 * i, tinyLlama.vocab),
  realIds: [...randomTokens(real! - 1, 10 * i + 1, tinyLlama.vocab), 2],
  generatedIds: generated === 0 ? null : randomTokens(generated!, 10 * i + 2, tinyLlama.vocab),
}))

/** As if the opponent were another model: h = 0 would hide an error in the margin. */
export const otherOpponent: OpponentLogps = {
  real: Float32Array.of(-20, -9, -15, -4, -30),
  generated: Float32Array.of(-11, -24, 0, -5, -33),
  realEos: new Float32Array(5),
}
