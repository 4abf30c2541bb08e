import type { LlamaConfig } from './llama-config.ts'

/** Hugging Face's names and shapes of a Llama's weights; a layer's own are named without their `model.layers.N.` prefix. */
export interface WeightSpec {
  name: string
  shape: readonly number[]
}

export const embeddingName = 'model.embed_tokens.weight'
export const finalNormName = 'model.norm.weight'
export const headName = (config: LlamaConfig): string =>
  config.tiedEmbeddings ? embeddingName : 'lm_head.weight'
export const layerPrefix = (layer: number): string => `model.layers.${layer}.`

export function layerWeights(config: LlamaConfig): WeightSpec[] {
  const { hidden: d, heads, kvHeads, headDim, ffn, attentionBias, mlpBias } = config
  const linear = (name: string, out: number, input: number, bias: boolean): WeightSpec[] => [
    { name: `${name}.weight`, shape: [out, input] },
    ...(bias ? [{ name: `${name}.bias`, shape: [out] }] : []),
  ]
  return [
    { name: 'input_layernorm.weight', shape: [d] },
    ...linear('self_attn.q_proj', heads * headDim, d, attentionBias),
    ...linear('self_attn.k_proj', kvHeads * headDim, d, attentionBias),
    ...linear('self_attn.v_proj', kvHeads * headDim, d, attentionBias),
    ...linear('self_attn.o_proj', d, heads * headDim, attentionBias),
    { name: 'post_attention_layernorm.weight', shape: [d] },
    ...linear('mlp.gate_proj', ffn, d, mlpBias),
    ...linear('mlp.up_proj', ffn, d, mlpBias),
    ...linear('mlp.down_proj', d, ffn, mlpBias),
  ]
}

/** Every weight of the model, in Hugging Face's order; a tied head is not a weight of its own. */
export function modelWeights(config: LlamaConfig): WeightSpec[] {
  const perLayer = layerWeights(config)
  return [
    { name: embeddingName, shape: [config.vocab, config.hidden] },
    ...Array.from({ length: config.layers }, (_, i) =>
      perLayer.map(({ name, shape }) => ({ name: layerPrefix(i) + name, shape })),
    ).flat(),
    { name: finalNormName, shape: [config.hidden] },
    ...(config.tiedEmbeddings ? [] : [{ name: headName(config), shape: [config.vocab, config.hidden] }]),
  ]
}
