import { describe, expect, test } from 'vitest'
import { parseModelConfig } from '../../../src/engine/model/families/index.ts'
import { layerWeights } from '../../../src/engine/model/weight-names.ts'

const refusal = (code: string, text: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(text) })

// Sizes of published models, in the words of their own config.json.
const mistral7b = {
  architectures: ['MistralForCausalLM'],
  bos_token_id: 1,
  eos_token_id: 2,
  hidden_act: 'silu',
  hidden_size: 4096,
  initializer_range: 0.02,
  intermediate_size: 14336,
  max_position_embeddings: 32768,
  model_type: 'mistral',
  num_attention_heads: 32,
  num_hidden_layers: 32,
  num_key_value_heads: 8,
  pad_token_id: 2,
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  sliding_window: 4096,
  tie_word_embeddings: false,
  torch_dtype: 'bfloat16',
  transformers_version: '4.36.0',
  use_cache: true,
  vocab_size: 32000,
}
const qwen25 = {
  architectures: ['Qwen2ForCausalLM'],
  attention_dropout: 0,
  bos_token_id: 151643,
  eos_token_id: 151645,
  hidden_act: 'silu',
  hidden_size: 1536,
  initializer_range: 0.02,
  intermediate_size: 8960,
  max_position_embeddings: 32768,
  max_window_layers: 21,
  model_type: 'qwen2',
  num_attention_heads: 12,
  num_hidden_layers: 28,
  num_key_value_heads: 2,
  rms_norm_eps: 1e-6,
  rope_theta: 1000000,
  sliding_window: 32768,
  tie_word_embeddings: true,
  torch_dtype: 'bfloat16',
  use_cache: true,
  use_mrope: false,
  use_sliding_window: false,
  vocab_size: 151936,
}
const qwen3 = {
  ...qwen25,
  architectures: ['Qwen3ForCausalLM'],
  model_type: 'qwen3',
  attention_bias: false,
  head_dim: 128,
  hidden_size: 1024,
  num_attention_heads: 16,
  num_key_value_heads: 8,
  max_window_layers: 28,
  rope_scaling: null,
  sliding_window: null,
}
const phi3 = {
  architectures: ['Phi3ForCausalLM'],
  attention_bias: false,
  attention_dropout: 0,
  auto_map: { AutoConfig: 'configuration_phi3.Phi3Config' },
  bos_token_id: 1,
  embd_pdrop: 0,
  eos_token_id: 32000,
  hidden_act: 'silu',
  hidden_size: 3072,
  initializer_range: 0.02,
  intermediate_size: 8192,
  max_position_embeddings: 131072,
  model_type: 'phi3',
  num_attention_heads: 32,
  num_hidden_layers: 32,
  num_key_value_heads: 32,
  original_max_position_embeddings: 4096,
  pad_token_id: 32000,
  resid_pdrop: 0,
  rms_norm_eps: 1e-5,
  rope_scaling: {
    type: 'su',
    short_factor: Array.from({ length: 48 }, (_, i) => 1 + i / 100),
    long_factor: Array.from({ length: 48 }, (_, i) => 1 + i),
  },
  rope_theta: 10000,
  sliding_window: 262144,
  tie_word_embeddings: false,
  torch_dtype: 'bfloat16',
  use_cache: true,
  vocab_size: 32064,
}
const gemma2 = {
  architectures: ['Gemma2ForCausalLM'],
  attention_bias: false,
  attention_dropout: 0,
  attn_logit_softcapping: 50,
  bos_token_id: 2,
  cache_implementation: 'hybrid',
  eos_token_id: [1, 107],
  final_logit_softcapping: 30,
  head_dim: 256,
  hidden_act: 'gelu_pytorch_tanh',
  hidden_activation: 'gelu_pytorch_tanh',
  hidden_size: 2304,
  initializer_range: 0.02,
  intermediate_size: 9216,
  max_position_embeddings: 8192,
  model_type: 'gemma2',
  num_attention_heads: 8,
  num_hidden_layers: 26,
  num_key_value_heads: 4,
  pad_token_id: 0,
  query_pre_attn_scalar: 256,
  rms_norm_eps: 1e-6,
  rope_theta: 10000,
  sliding_window: 4096,
  torch_dtype: 'bfloat16',
  use_cache: true,
  vocab_size: 256000,
}
const gemma3 = {
  architectures: ['Gemma3ForCausalLM'],
  attention_bias: false,
  attention_dropout: 0,
  attn_logit_softcapping: null,
  bos_token_id: 2,
  cache_implementation: 'hybrid',
  eos_token_id: [1, 106],
  final_logit_softcapping: null,
  head_dim: 256,
  hidden_activation: 'gelu_pytorch_tanh',
  hidden_size: 1152,
  initializer_range: 0.02,
  intermediate_size: 6912,
  max_position_embeddings: 32768,
  model_type: 'gemma3_text',
  num_attention_heads: 4,
  num_hidden_layers: 26,
  num_key_value_heads: 1,
  pad_token_id: 0,
  query_pre_attn_scalar: 256,
  rms_norm_eps: 1e-6,
  rope_local_base_freq: 10000,
  rope_scaling: null,
  rope_theta: 1000000,
  sliding_window: 512,
  sliding_window_pattern: 6,
  torch_dtype: 'bfloat16',
  use_cache: true,
  vocab_size: 262144,
}

/** The second inverse frequency is θ^(−2/r): it tells the base that was used. */
const thetaOf = (config: ReturnType<typeof parseModelConfig>, kind = 0): number => {
  const { inverseFrequencies } = config.layerKinds[kind]!.rope
  return Math.round(inverseFrequencies[1]! ** -inverseFrequencies.length)
}

describe('published models', () => {
  test('Zephyr: every layer sees the same window', () => {
    const config = parseModelConfig(mistral7b)
    expect(config).toMatchObject({ family: 'mistral', headDim: 128, kvHeads: 8, padTokenId: 2 })
    expect(config.layerKinds.map(({ window }) => window)).toEqual([4096])
    expect(config.kindOfLayer).toEqual(Array.from({ length: 32 }, () => 0))
  })

  test('Mistral without a window, with heads of their own size', () => {
    const config = parseModelConfig({ ...mistral7b, sliding_window: null, head_dim: 160 })
    expect(config).toMatchObject({ headDim: 160, layerKinds: [{ window: null }] })
  })

  test('Qwen2.5: biases on q, k and v; a window that is not switched on does not count', () => {
    const config = parseModelConfig(qwen25)
    expect(config).toMatchObject({
      biases: { qkv: true, o: false, mlp: false },
      tiedEmbeddings: true,
      layerKinds: [{ window: null }],
    })
    expect(thetaOf(config)).toBe(1_000_000)
  })

  test('Qwen2 with its window switched on: from max_window_layers on', () => {
    const config = parseModelConfig({ ...qwen25, use_sliding_window: true })
    expect(config.layerKinds.map(({ window }) => window)).toEqual([null, 32768])
    expect(config.kindOfLayer.indexOf(1)).toBe(21)
  })

  test('Qwen3: normed queries and keys, no biases, heads wider than hidden / heads', () => {
    const config = parseModelConfig(qwen3)
    expect(config).toMatchObject({ queryKeyNorm: true, headDim: 128, biases: { qkv: false } })
    expect(layerWeights(config).map(({ name }) => name)).toContain('self_attn.q_norm.weight')
  })

  test('Phi-3 128k: fused matrices; short factors up to 4096 tokens, long ones above', () => {
    const rope = (contextLength?: number) => parseModelConfig(phi3, { contextLength }).layerKinds[0]!.rope
    expect(layerWeights(parseModelConfig(phi3)).map(({ name }) => name)).toContain('mlp.gate_up_proj.weight')
    expect(rope(4097).inverseFrequencies[3]! / rope(4096).inverseFrequencies[3]!).toBeCloseTo(1.03 / 4, 12)
    expect(rope()).toEqual(rope(4096))
    expect(rope().attentionFactor).toBeCloseTo(Math.sqrt(1 + Math.log(32) / Math.log(4096)), 12)
  })

  test('Phi-4-mini: three quarters of a head are turned', () => {
    const config = parseModelConfig({
      ...phi3,
      full_attn_mod: 1,
      interpolate_factor: 1,
      lm_head_bias: false,
      mlp_bias: false,
      num_attention_heads: 24,
      num_key_value_heads: 8,
      partial_rotary_factor: 0.75,
      tie_word_embeddings: true,
      rope_scaling: { ...phi3.rope_scaling, type: 'longrope' },
    })
    expect(config.headDim).toBe(128)
    expect(config.layerKinds[0]!.rope.inverseFrequencies).toHaveLength(48)
  })

  test('Gemma 2: window first, soft caps, √hidden, norms of 1 + w on both sides', () => {
    const config = parseModelConfig(gemma2)
    expect(config.layerKinds.map(({ window }) => window)).toEqual([4096, null])
    expect(config.kindOfLayer.slice(0, 4)).toEqual([0, 1, 0, 1])
    expect(config).toMatchObject({
      attentionSoftcap: 50,
      logitSoftcap: 30,
      attentionScale: 1 / 16,
      embeddingScale: 48,
      normOffset: 1,
      sandwichNorms: true,
      activation: 'gelu-tanh',
      tiedEmbeddings: true,
      eosTokenIds: [1, 107],
    })
  })

  test('Gemma 3: five layers with a window to one without, each with its own rope', () => {
    const config = parseModelConfig(gemma3)
    expect(config.layerKinds.map(({ window }) => window)).toEqual([512, null])
    expect(config.kindOfLayer.slice(0, 7)).toEqual([0, 0, 0, 0, 0, 1, 0])
    expect([thetaOf(config, 0), thetaOf(config, 1)]).toEqual([10_000, 1_000_000])
    expect(config).toMatchObject({ attentionSoftcap: null, logitSoftcap: null, queryKeyNorm: true })
  })
})

describe('what a file leaves out is what transformers assumes', () => {
  const without = (config: object, ...keys: string[]) =>
    Object.fromEntries(Object.entries(config).filter(([key]) => !keys.includes(key)))

  test('Mistral: a window of 4096 and 8 heads for keys and values', () => {
    const config = parseModelConfig(without(mistral7b, 'sliding_window', 'num_key_value_heads', 'rope_theta'))
    expect(config).toMatchObject({ kvHeads: 8, layerKinds: [{ window: 4096 }] })
    expect(thetaOf(config)).toBe(10_000)
  })

  test('Qwen3: heads of 128', () => {
    expect(parseModelConfig(without(qwen3, 'head_dim')).headDim).toBe(128)
  })

  test('Gemma 2: soft caps of 50 and 30, which null switches off', () => {
    const keys = ['attn_logit_softcapping', 'final_logit_softcapping', 'sliding_window', 'head_dim']
    expect(parseModelConfig(without(gemma2, ...keys))).toMatchObject({
      attentionSoftcap: 50,
      logitSoftcap: 30,
      headDim: 256,
      layerKinds: [{ window: 4096 }, { window: null }],
    })
    expect(parseModelConfig({ ...gemma2, attn_logit_softcapping: null }).attentionSoftcap).toBeNull()
  })

  test('Gemma 3: bases 10⁴ and 10⁶, one layer in six without a window', () => {
    const keys = ['rope_local_base_freq', 'rope_theta', 'sliding_window_pattern']
    expect(parseModelConfig(without(gemma3, ...keys))).toEqual(parseModelConfig(gemma3))
  })
})

describe('the words of transformers 5', () => {
  test('Gemma 3: a rope for each type of layers, and layer_types', () => {
    const {
      rope_theta: _,
      rope_local_base_freq: __,
      rope_scaling: ___,
      sliding_window_pattern: ____,
      ...rest
    } = gemma3
    const rope_parameters = {
      full_attention: { rope_type: 'linear', rope_theta: 1_000_000, factor: 8 },
      sliding_attention: { rope_type: 'default', rope_theta: 10_000 },
    }
    const layer_types = Array.from({ length: 26 }, (_, i) =>
      (i + 1) % 6 === 0 ? 'full_attention' : 'sliding_attention',
    )
    expect(parseModelConfig({ ...rest, rope_parameters, layer_types, _sliding_window_pattern: 6 })).toEqual(
      parseModelConfig({ ...gemma3, rope_scaling: { rope_type: 'linear', factor: 8 } }),
    )
  })

  test('rope_scaling goes before rope_parameters, as in transformers', () => {
    const { rope_theta: _, ...rest } = qwen25
    const both = {
      ...rest,
      rope_parameters: { rope_type: 'default', rope_theta: 5 },
      rope_scaling: { rope_type: 'linear', factor: 2, rope_theta: 7 },
    }
    expect(thetaOf(parseModelConfig({ ...both, rope_scaling: null }))).toBe(5)
    expect(parseModelConfig(both)).toEqual(parseModelConfig({ ...both, rope_parameters: null }))
  })
})

const refused: [object, object, string][] = [
  [mistral7b, { layer_types: Array.from({ length: 32 }, () => 'full_attention') }, '"layer_types"'],
  [mistral7b, { architectures: ['MistralForSequenceClassification'] }, '"architectures"'],
  [mistral7b, { hidden_act: 'gelu' }, '"hidden_act"'],
  [mistral7b, { partial_rotary_factor: 0.5 }, '"partial_rotary_factor"'],
  [qwen25, { dual_chunk_attention_config: { chunk_size: 8192 } }, '"dual_chunk_attention_config"'],
  [qwen25, { rope_scaling: { type: 'mrope', mrope_section: [16, 24, 24] } }, '"rope_scaling"'],
  [qwen25, { layer_types: Array.from({ length: 28 }, () => 'chunked_attention') }, '"layer_types"'],
  [qwen25, { rope_parameters: { full_attention: { rope_type: 'default' } } }, '"rope_parameters"'],
  [qwen3, { num_experts: 128 }, '"num_experts"'],
  [phi3, { full_attn_mod: 2 }, '"full_attn_mod"'],
  [phi3, { lm_head_bias: true }, '"lm_head_bias"'],
  [phi3, { rope_scaling: { type: 'linear', factor: 2 } }, '"rope_type": "linear"'],
  [gemma2, { hidden_activation: 'silu' }, '"hidden_activation"'],
  [gemma2, { use_bidirectional_attention: true }, '"use_bidirectional_attention"'],
  [gemma2, { sliding_window_pattern: 3 }, '"sliding_window_pattern"'],
  [gemma3, { use_bidirectional_attention: true }, '"use_bidirectional_attention"'],
  [gemma3, { rope_parameters: { rope_type: 'default', rope_theta: 5 } }, '"rope_parameters"'],
  [gemma3, { model_type: 'gemma3', architectures: ['Gemma3ForConditionalGeneration'] }, 'image part'],
  [gemma3, { model_type: 'gemma' }, 'Gemma 1'],
  [qwen3, { model_type: 'qwen3_moe' }, 'a mixture of experts'],
  [qwen3, { model_type: 'qwen3_next' }, '"model_type": "qwen3_next"'],
  [phi3, { model_type: 'phi3small' }, 'Phi-3-small'],
  [mistral7b, { model_type: 'smollm3' }, 'NoPE'],
  [
    mistral7b,
    { model_type: 'constructor' },
    '"model_type": "constructor"; this version computes llama, mistral',
  ],
]
for (const [base, change, text] of refused) {
  const { model_type: family } = base as { model_type: string }
  test(`${family} with ${JSON.stringify(change).slice(0, 80)} is refused by name`, () => {
    expect(() => parseModelConfig({ ...base, ...change })).toThrow(refusal('MODEL_UNSUPPORTED', text))
  })
}

const contradictions: [object, object, string][] = [
  [gemma2, { layer_types: ['full_attention'] }, '26 layers'],
  [gemma2, { sliding_window: null }, '"sliding_window" is missing'],
  [
    qwen3,
    { layer_types: Array.from({ length: 28 }, () => 'sliding_attention') },
    '"sliding_window" is missing',
  ],
  [gemma3, { sliding_window_pattern: 0 }, '"sliding_window_pattern"'],
  [gemma3, { query_pre_attn_scalar: 0 }, '"query_pre_attn_scalar"'],
  [phi3, { num_attention_heads: 48, num_key_value_heads: 48 }, '32 numbers in "short_factor"; found 48'],
]
for (const [base, change, text] of contradictions) {
  const { model_type: family } = base as { model_type: string }
  test(`${family} with ${JSON.stringify(change).slice(0, 80)} is refused as broken`, () => {
    expect(() => parseModelConfig({ ...base, ...change })).toThrow(refusal('MODEL_BROKEN', text))
  })
}
