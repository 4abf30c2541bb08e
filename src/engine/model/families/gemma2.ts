import { z } from 'zod'
import type { ModelConfig } from '../model-config.ts'
import { type CommonFields, readCommon } from './common-fields.ts'
import type { ConfigFields } from './config-fields.ts'
import type { Family } from './family.ts'
import { layerKindsOf, readSlidingLayers } from './layer-kinds.ts'
import { llamaConfig } from './llama.ts'
import { parseRope } from './rope.ts'

/** Gemma 2: every second layer sees a window, beginning with the first; attention scores and logits are soft-capped. */
export const gemma2: Family = {
  name: 'gemma2',
  modelType: 'gemma2',
  article: 'a Gemma 2',
  parse(fields, { contextLength }) {
    fields.expectArchitecture('Gemma2ForCausalLM')
    const common = readGemma(fields, { maxPositions: 8192 })
    fields.expect('sliding_window_pattern', [2], 'a window in every second layer')
    const sliding = readSlidingLayers(fields, common.layers, (layer) => layer % 2 === 0)
    const rope = parseRope(fields, common, { theta: 10_000, contextLength })
    const kinds = layerKindsOf(sliding, {
      full: { window: null, rope },
      sliding: { window: fields.maybeSize('sliding_window', 4096), rope },
    })
    return gemmaConfig(fields, common, {
      ...kinds,
      family: 'gemma2',
      architecture: 'Gemma2ForCausalLM',
      attentionSoftcap: softcap(fields, 'attn_logit_softcapping', 50),
      logitSoftcap: softcap(fields, 'final_logit_softcapping', 30),
    })
  },
}

/** What Gemma 2 and 3 say in the same words. */
export function readGemma(fields: ConfigFields, { maxPositions }: { maxPositions: number }): CommonFields {
  fields.expect('hidden_activation', ['gelu_pytorch_tanh'], 'Gemma\'s activation ("gelu_pytorch_tanh")')
  // Not read by transformers: old files say "gelu" here and mean the other.
  fields.expect('hidden_act', ['gelu_pytorch_tanh', 'gelu'], 'Gemma\'s activation ("gelu_pytorch_tanh")')
  return readCommon(fields, { normEps: 1e-6, maxPositions, tiedEmbeddings: true, kvHeads: 4, headDim: 256 })
}

/** The maths of Gemma 2 and 3: norms of weight 1 + w around attention and MLP, embeddings times √hidden. */
export function gemmaConfig(
  fields: ConfigFields,
  common: CommonFields,
  own: Pick<
    ModelConfig,
    'family' | 'architecture' | 'layerKinds' | 'kindOfLayer' | 'attentionSoftcap' | 'logitSoftcap'
  > &
    Partial<ModelConfig>,
): ModelConfig {
  const bias = fields.flag('attention_bias', false)
  return llamaConfig(
    {
      ...common,
      normOffset: 1,
      activation: 'gelu-tanh',
      sandwichNorms: true,
      embeddingScale: Math.sqrt(common.hidden),
      attentionScale: fields.positive('query_pre_attn_scalar', 256) ** -0.5,
      ...own,
    },
    { biases: { qkv: bias, o: bias, mlp: false } },
  )
}

/** null switches the cap off; a missing key means the default. */
export function softcap(fields: ConfigFields, key: string, fallback: number | null): number | null {
  const value = fields.read(key, z.number().gt(0).nullish())
  return value === undefined ? fallback : value
}
