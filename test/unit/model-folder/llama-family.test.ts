import { expect, test } from 'vitest'
import { parseGenerationConfig } from '../../../src/engine/model/generation-config.ts'
import { parseModelConfig } from '../../../src/engine/model/families/index.ts'
import { llamaConfig } from '../../../src/engine/model/families/llama.ts'
import { expectedWeights } from '../../../src/engine/model/weight-names.ts'
import { tinyConfig } from './tiny-model.ts'

const refusal = (code: string, text: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(text) })

test('the sizes and switches of a Llama config are read', () => {
  const sizes = {
    layers: 2,
    hidden: 16,
    heads: 4,
    kvHeads: 2,
    headDim: 4,
    ffn: 24,
    vocab: 272,
    maxPositions: 64,
    bosTokenId: 261,
    eosTokenIds: [262],
  }
  const biases = { qkv: false, o: false, mlp: true }
  expect(parseModelConfig({ ...tinyConfig, pad_token_id: -1, mlp_bias: true })).toEqual(
    llamaConfig(sizes, { biases }),
  )
})

test('what published Llama folders carry without effect on the maths is accepted', () => {
  const smolLm2 = {
    ...tinyConfig,
    attention_dropout: 0,
    initializer_range: 0.041,
    is_llama_config: true,
    pretraining_tp: 1,
    rope_interleaved: false,
    rope_scaling: null,
    'transformers.js_config': { dtype: 'q8' },
    _name_or_path: 'x',
    some_future_key: null,
    another_future_key: false,
  }
  expect(parseModelConfig(smolLm2)).toEqual(parseModelConfig(tinyConfig))
})

test("transformers 5's rope_parameters and dtype are read", () => {
  const { rope_theta: _, torch_dtype: __, ...rest } = tinyConfig
  const config = parseModelConfig({
    ...rest,
    dtype: 'bfloat16',
    rope_parameters: { rope_type: 'default', rope_theta: 500_000 },
  })
  expect(config.layerKinds[0]!.rope.inverseFrequencies[1]).toBeCloseTo(500_000 ** -0.5, 12)
  expect(config.torchDtype).toBe('bfloat16')
  expect(() =>
    parseModelConfig({ ...tinyConfig, rope_parameters: { rope_type: 'default', rope_theta: 7 } }),
  ).toThrow(refusal('MODEL_BROKEN', 'rope_theta'))
})

const otherMaths: [string, unknown][] = [
  ['model_type', 'mamba'],
  ['architectures', ['LlamaForSequenceClassification']],
  ['hidden_act', 'gelu'],
  ['rope_scaling', { type: 'su', factor: 2 }],
  ['rope_scaling', { rope_type: 'linear', factor: 2, spiral: 3 }],
  ['quantization_config', { quant_method: 'gptq' }],
  ['sliding_window', 4096],
  ['pretraining_tp', 2],
  ['rope_interleaved', true],
  ['layer_types', ['full_attention', 'sliding_attention']],
  ['final_logit_softcapping', 30],
]
for (const [key, value] of otherMaths) {
  test(`"${key}": ${JSON.stringify(value)} is refused by name`, () => {
    expect(() => parseModelConfig({ ...tinyConfig, [key]: value })).toThrow(
      refusal(
        'MODEL_UNSUPPORTED',
        `config.json has "${key}": ${JSON.stringify(value)}; this version computes`,
      ),
    )
  })
}

const contradictions: [object, string][] = [
  [{ hidden_size: 18 }, 'multiple of "num_attention_heads"; found 18 and 4'],
  [{ num_key_value_heads: 3 }, 'multiple of "num_key_value_heads"; found 4 and 3'],
  [{ head_dim: 5 }, 'even head size'],
  [{ vocab_size: '272' }, '"vocab_size"'],
  [{ num_hidden_layers: 0 }, '"num_hidden_layers"'],
  [{ intermediate_size: undefined }, '"intermediate_size"'],
  [{ rope_scaling: { type: 'linear' } }, 'rope type "linear" wants "factor"'],
  [{ eos_token_id: 272 }, 'token id 272 is outside the vocabulary of 272'],
]
for (const [change, text] of contradictions) {
  test(`${JSON.stringify(change)} is refused with the numbers`, () => {
    expect(() => parseModelConfig({ ...tinyConfig, ...change })).toThrow(refusal('MODEL_BROKEN', text))
  })
}

test('a stated head size of its own shapes the projections', () => {
  const weights = expectedWeights(parseModelConfig({ ...tinyConfig, head_dim: 6, attention_bias: true }))
  expect(weights.get('model.layers.1.self_attn.q_proj.weight')).toEqual([24, 16])
  expect(weights.get('model.layers.1.self_attn.k_proj.bias')).toEqual([12])
  expect(weights.get('model.layers.1.self_attn.o_proj.weight')).toEqual([16, 24])
  expect(weights.has('lm_head.weight')).toBe(false)
})

test('a generation config gives its settings, its EOS ids, and what is not applied', () => {
  expect(
    parseGenerationConfig({
      eos_token_id: [2, 7],
      temperature: 0.6,
      top_k: 50,
      top_p: 0.9,
      do_sample: true,
      repetition_penalty: 1.1,
      num_beams: 1,
    }),
  ).toEqual({
    eosTokenIds: [2, 7],
    temperature: 0.6,
    topK: 50,
    topP: 0.9,
    doSample: true,
    ignored: ['repetition_penalty: 1.1'],
  })
  expect(parseGenerationConfig(undefined)).toEqual({ doSample: false, eosTokenIds: [], ignored: [] })
  expect(() => parseGenerationConfig({ top_p: 'all' })).toThrow(refusal('MODEL_BROKEN', 'top_p'))
})
