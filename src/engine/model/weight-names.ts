import { sizeOf } from '../tensor/shape-rules.ts'
import type { ModelConfig } from './model-config.ts'

/** Hugging Face's names and shapes of a model's weights; a layer's own are named without their `model.layers.N.` prefix. */
export interface WeightSpec {
  name: string
  shape: readonly number[]
}

export const embeddingName = 'model.embed_tokens.weight'
export const finalNormName = 'model.norm.weight'
export const headName = (config: ModelConfig): string =>
  config.tiedEmbeddings ? embeddingName : 'lm_head.weight'
export const layerPrefix = (layer: number): string => `model.layers.${layer}.`

/** One matrix of a layer, by module name ("self_attn.q_proj"): y = x·Wᵀ (+ bias). */
export interface LinearSpec {
  name: string
  out: number
  input: number
  bias: boolean
}

/** The matrices of a layer: what an adapter may attach to. */
export function layerLinears(config: ModelConfig): LinearSpec[] {
  const { hidden: d, heads, kvHeads, headDim, ffn, biases } = config
  const [q, kv] = [heads * headDim, kvHeads * headDim]
  const linear = (name: string, out: number, input: number, bias: boolean): LinearSpec => ({
    name,
    out,
    input,
    bias,
  })
  return [
    ...(config.fusedProjections
      ? [linear('self_attn.qkv_proj', q + 2 * kv, d, biases.qkv)]
      : [
          linear('self_attn.q_proj', q, d, biases.qkv),
          linear('self_attn.k_proj', kv, d, biases.qkv),
          linear('self_attn.v_proj', kv, d, biases.qkv),
        ]),
    linear('self_attn.o_proj', d, q, biases.o),
    ...(config.fusedProjections
      ? [linear('mlp.gate_up_proj', 2 * ffn, d, biases.mlp)]
      : [linear('mlp.gate_proj', ffn, d, biases.mlp), linear('mlp.up_proj', ffn, d, biases.mlp)]),
    linear('mlp.down_proj', d, ffn, biases.mlp),
  ]
}

/** The norms of a layer: vectors, never adapted. */
function layerNorms(config: ModelConfig): WeightSpec[] {
  const { hidden, headDim } = config
  const norm = (name: string, size = hidden): WeightSpec => ({ name: `${name}.weight`, shape: [size] })
  return [
    norm('input_layernorm'),
    ...(config.queryKeyNorm ? [norm('self_attn.q_norm', headDim), norm('self_attn.k_norm', headDim)] : []),
    norm('post_attention_layernorm'),
    ...(config.sandwichNorms ? [norm('pre_feedforward_layernorm'), norm('post_feedforward_layernorm')] : []),
  ]
}

/** In transformers' order: each norm before what it feeds, the norms of queries and keys after the matrices. */
export function layerWeights(config: ModelConfig): WeightSpec[] {
  const linears = (part: string): WeightSpec[] =>
    layerLinears(config)
      .filter(({ name }) => name.startsWith(part))
      .flatMap(({ name, out, input, bias }): WeightSpec[] => [
        { name: `${name}.weight`, shape: [out, input] },
        ...(bias ? [{ name: `${name}.bias`, shape: [out] }] : []),
      ])
  const norms = layerNorms(config)
  const closing = norms.filter(({ name }) => name.startsWith('post_feedforward'))
  const opening = norms.filter(({ name }) => name.startsWith('input'))
  const between = norms.filter((norm) => !opening.includes(norm) && !closing.includes(norm))
  return [...opening, ...linears('self_attn'), ...between, ...linears('mlp'), ...closing]
}

/** Every weight of the model; a tied head is not a weight of its own. */
export function modelWeights(config: ModelConfig): WeightSpec[] {
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

/**
 * Every weight that a checkpoint of this config must hold, with its shape, by the names transformers gives them.
 * `lm_head.weight` is in the list only where the head is not tied to the embeddings.
 */
export function expectedWeights(config: ModelConfig): Map<string, number[]> {
  return new Map(modelWeights(config).map(({ name, shape }) => [name, [...shape]]))
}

/** Numbers that a model of this config has. */
export function parameterCount(config: ModelConfig): number {
  return modelWeights(config).reduce((sum, { shape }) => sum + sizeOf(shape), 0)
}
