import { hash32 } from '../../src/engine/tensor/random.ts'
import { specialTokens, tokenId, vocabulary } from './starter-tokenizer.ts'

/** config.json of the starter, with the names of transformers' LlamaConfig. */
export const starterConfig = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  vocab_size: vocabulary.length,
  hidden_size: 128,
  intermediate_size: 352,
  num_hidden_layers: 3,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 32,
  hidden_act: 'silu',
  max_position_embeddings: 256,
  initializer_range: 0.05, // not 0.02: a model this narrow leaves its first plateau several times sooner
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  rope_scaling: null,
  attention_bias: false,
  attention_dropout: 0,
  mlp_bias: false,
  tie_word_embeddings: true,
  use_cache: true,
  bos_token_id: null,
  eos_token_id: tokenId(specialTokens.end),
  pad_token_id: tokenId(specialTokens.pad),
  torch_dtype: 'float32',
}
export type StarterConfig = typeof starterConfig

export const starterGenerationConfig = {
  do_sample: true,
  eos_token_id: starterConfig.eos_token_id,
  pad_token_id: starterConfig.pad_token_id,
  max_new_tokens: 40,
  temperature: 1,
}

export interface InitialTensor {
  shape: number[]
  data: Float32Array
}

/**
 * Random weights under transformers' names, `[out, in]`: normal with `initializer_range`, the two projections
 * that write to the residual stream scaled by 1/√(2·layers) (Radford et al. 2019, GPT-2, section 2.3), norms 1.
 * Each tensor depends on the seed and its own name only.
 */
export function initialWeights(config: StarterConfig, seed: number): Map<string, InitialTensor> {
  const { hidden_size: hidden, intermediate_size: ffn, head_dim: headDim } = config
  const weights = new Map<string, InitialTensor>()
  const residual = config.initializer_range / Math.sqrt(2 * config.num_hidden_layers)
  const matrix = (name: string, out: number, into: number, deviation = config.initializer_range) =>
    weights.set(name, { shape: [out, into], data: normals(out * into, deviation, hash32(seed, name)) })
  const norm = (name: string) =>
    weights.set(name, { shape: [hidden], data: new Float32Array(hidden).fill(1) })

  matrix('model.embed_tokens.weight', config.vocab_size, hidden)
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const at = `model.layers.${layer}`
    norm(`${at}.input_layernorm.weight`)
    matrix(`${at}.self_attn.q_proj.weight`, config.num_attention_heads * headDim, hidden)
    matrix(`${at}.self_attn.k_proj.weight`, config.num_key_value_heads * headDim, hidden)
    matrix(`${at}.self_attn.v_proj.weight`, config.num_key_value_heads * headDim, hidden)
    matrix(`${at}.self_attn.o_proj.weight`, hidden, config.num_attention_heads * headDim, residual)
    norm(`${at}.post_attention_layernorm.weight`)
    matrix(`${at}.mlp.gate_proj.weight`, ffn, hidden)
    matrix(`${at}.mlp.up_proj.weight`, ffn, hidden)
    matrix(`${at}.mlp.down_proj.weight`, hidden, ffn, residual)
  }
  norm('model.norm.weight')
  if (!config.tie_word_embeddings) matrix('lm_head.weight', config.vocab_size, hidden)
  return weights
}

/** Box–Muller on two 32-bit hashes per value. */
function normals(count: number, deviation: number, seed: number): Float32Array {
  const open = (i: number) => (hash32(seed, i) + 0.5) / 0x1_0000_0000
  return Float32Array.from(
    { length: count },
    (_, i) => deviation * Math.sqrt(-2 * Math.log(open(2 * i))) * Math.cos(2 * Math.PI * open(2 * i + 1)),
  )
}
