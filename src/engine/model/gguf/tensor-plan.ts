import type { ModelConfig } from '../model-config.ts'
import { embeddingName, finalNormName, layerPrefix, layerWeights, type WeightSpec } from '../weight-names.ts'
import { architectureOf, builtInAttentionScale, cannotExpress } from './architecture.ts'
import { type GgufTensorType, quantBlock } from './tensor-encoding.ts'

/** One tensor of the file: where it comes from, and what becomes of its numbers. */
export interface TensorPlan {
  name: string
  /** Row-major, outermost side first; the file holds them reversed. */
  shape: readonly number[]
  type: GgufTensorType
  /** Hugging Face's name. */
  source: string
  /** Returns new numbers: those that were read may be a live model's. */
  transform?: (values: Float32Array) => Float32Array
}

/** llama.cpp's names of a layer's parts (gguf-py/gguf/tensor_mapping.py), by Hugging Face's. */
const layerNames: Record<string, string> = {
  input_layernorm: 'attn_norm',
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'self_attn.qkv_proj': 'attn_qkv',
  'self_attn.o_proj': 'attn_output',
  'self_attn.q_norm': 'attn_q_norm',
  'self_attn.k_norm': 'attn_k_norm',
  post_attention_layernorm: 'ffn_norm',
  'mlp.gate_proj': 'ffn_gate',
  'mlp.up_proj': 'ffn_up',
  'mlp.gate_up_proj': 'ffn_up',
  'mlp.down_proj': 'ffn_down',
}

/** Gemma norms what comes out of attention and MLP, too, and calls the norm before the MLP otherwise. */
const gemmaLayerNames: Record<string, string> = {
  ...layerNames,
  post_attention_layernorm: 'post_attention_norm',
  pre_feedforward_layernorm: 'ffn_norm',
  post_feedforward_layernorm: 'post_ffw_norm',
}

/** Every tensor of the model in the file's order. */
export function tensorPlans(config: ModelConfig, type: 'f16' | 'q8_0'): TensorPlan[] {
  const plan = (name: string, spec: WeightSpec, rewrite?: TensorPlan['transform']): TensorPlan => ({
    name,
    shape: spec.shape,
    type: storedType(spec.shape, type),
    source: spec.name,
    ...(rewrite && { transform: rewrite }),
  })
  const { vocab, hidden } = config
  const norm = config.normOffset === 1 ? addOne : undefined
  const perLayer = layerWeights(config)
  return [
    plan('token_embd.weight', { name: embeddingName, shape: [vocab, hidden] }),
    ...Array.from({ length: config.layers }, (_, layer) =>
      perLayer.map((spec) => {
        const source = { name: layerPrefix(layer) + spec.name, shape: spec.shape }
        return plan(
          `blk.${layer}.${layerTensorName(config, spec.name)}`,
          source,
          rewriteOf(config, spec.name),
        )
      }),
    ).flat(),
    plan('output_norm.weight', { name: finalNormName, shape: [hidden] }, norm),
    ...(config.tiedEmbeddings
      ? []
      : [plan('output.weight', { name: 'lm_head.weight', shape: [vocab, hidden] })]),
  ]
}

/** Vectors stay f32; rows that are no whole number of blocks fall back to f16, as in llama.cpp's own converter. */
function storedType(shape: readonly number[], type: 'f16' | 'q8_0'): GgufTensorType {
  if (shape.length < 2) return 'f32'
  return type === 'q8_0' && shape.at(-1)! % quantBlock !== 0 ? 'f16' : type
}

function layerTensorName(config: ModelConfig, weight: string): string {
  const dot = weight.lastIndexOf('.')
  const named = (config.sandwichNorms ? gemmaLayerNames : layerNames)[weight.slice(0, dot)]
  if (named === undefined) throw cannotExpress(config, `the weight "${weight}"`)
  return named + weight.slice(dot)
}

function rewriteOf(config: ModelConfig, weight: string): TensorPlan['transform'] {
  const { heads, kvHeads, headDim } = config
  const factor = config.attentionScale / builtInAttentionScale(config)
  const rescales = Math.abs(factor - 1) > 1e-9
  const part = weight.slice(0, weight.lastIndexOf('.'))
  const steps: ((values: Float32Array) => Float32Array)[] = []
  if (config.normOffset === 1 && part.endsWith('norm')) steps.push(addOne)
  // The scale of q·k that llama.cpp has no key for goes into the queries: their norm's weight, or their own rows.
  if (rescales && part === (config.queryKeyNorm ? 'self_attn.q_norm' : 'self_attn.q_proj'))
    steps.push((values) => values.map((value) => value * factor))
  if (rescales && part === 'self_attn.qkv_proj') {
    const queries = heads / (heads + 2 * kvHeads)
    steps.push((values) => {
      const end = Math.round(values.length * queries)
      return values.map((value, i) => (i < end ? value * factor : value))
    })
  }
  if (architectureOf(config) === 'llama' && part === 'self_attn.q_proj')
    steps.push((values) => interleaveHalves(values, heads, headDim))
  if (architectureOf(config) === 'llama' && part === 'self_attn.k_proj')
    steps.push((values) => interleaveHalves(values, kvHeads, headDim))
  if (steps.length === 0) return undefined
  return (values) => steps.reduce((current, step) => step(current), values)
}

const addOne = (values: Float32Array): Float32Array => values.map((value) => value + 1)

/**
 * Hugging Face rotates number i of a head with number i + headDim / 2; llama.cpp's Llama rotates neighbours. Rows (or
 * numbers, of a bias) j and j + headDim / 2 of each head become 2j and 2j + 1 (LlamaModel.permute of conversion/llama.py).
 */
function interleaveHalves(values: Float32Array, heads: number, headDim: number): Float32Array {
  const row = values.length / (heads * headDim)
  const out = new Float32Array(values.length)
  for (let head = 0; head < heads; head++) {
    for (let i = 0; i < headDim; i++) {
      const from = head * headDim + (i % 2) * (headDim / 2) + (i >> 1)
      out.set(values.subarray(from * row, (from + 1) * row), (head * headDim + i) * row)
    }
  }
  return out
}
