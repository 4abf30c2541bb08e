import { describe, expect, it } from 'vitest'
import { openModelFolder } from '../../../src/engine/model/model-folder.ts'
import { tinyConfig, writeTinyModel } from '../model-folder/tiny-model.ts'
import { exportFolder, tempFolder } from './export.ts'
import { type ReadTensor, tensorValues } from './gguf-reader.ts'

const { model_type: _type, architectures: _names, rope_theta: _theta, ...sizes } = tinyConfig
const llama = { ...sizes, model_type: 'llama', architectures: ['LlamaForCausalLM'], rope_theta: 10_000 }
const gemma = {
  ...sizes,
  num_hidden_layers: 3,
  head_dim: 8,
  hidden_activation: 'gelu_pytorch_tanh',
  hidden_act: undefined,
  sliding_window: 12,
  query_pre_attn_scalar: 32,
}

async function exportConfig(config: object) {
  const dir = await writeTinyModel(tempFolder(), { config: { rope_theta: undefined, ...config } })
  const { file, written } = await exportFolder(dir)
  const from = await openModelFolder(dir)
  return {
    warnings: written.warnings,
    tensors: file.tensors,
    keys: (prefix: string) =>
      Object.fromEntries(
        [...file.metadata]
          .filter(([key]) => key.startsWith(prefix))
          .map(([key, { value }]) => [key.slice(prefix.length), value]),
      ),
    source: (name: string) => [...from.weights.read(name)],
  }
}

const close = (tensor: ReadTensor | undefined, expected: readonly number[]): void => {
  const found = tensorValues(tensor!)
  expect(found.length).toBe(expected.length)
  // f16 keeps 11 bits.
  for (const [i, value] of expected.entries()) expect(Math.abs(found[i]! - value)).toBeLessThan(1e-3)
}

describe('rotary positions', () => {
  it('llama3: one divisor for each frequency, between 1 and the factor', async () => {
    const { tensors, keys } = await exportConfig({
      ...llama,
      rope_theta: 100,
      rope_scaling: {
        rope_type: 'llama3',
        factor: 8,
        low_freq_factor: 1,
        high_freq_factor: 4,
        original_max_position_embeddings: 32,
      },
    })
    // Wavelengths 2π (short, kept) and 20π (beyond 32: divided); heads of 4 have two.
    expect(tensorValues(tensors.get('rope_freqs.weight')!)).toEqual([1, 8])
    expect(keys('llama.rope.')).toEqual({ dimension_count: 4, freq_base: 100 })
  })

  it('linear and yarn: keys of their own', async () => {
    const linear = await exportConfig({ ...llama, rope_scaling: { rope_type: 'linear', factor: 4 } })
    expect(linear.keys('llama.rope.scaling.')).toEqual({ type: 'linear', factor: 4 })
    const scaling = { rope_type: 'yarn', factor: 4, original_max_position_embeddings: 16 }
    const yarn = await exportConfig({ ...llama, rope_scaling: scaling })
    expect(yarn.keys('llama.rope.scaling.')).toEqual({ type: 'yarn', factor: 4, original_context_length: 16 })
    expect(yarn.tensors.has('rope_freqs.weight')).toBe(false)
    const louder = await exportConfig({ ...llama, rope_scaling: { ...scaling, attention_factor: 1.5 } })
    expect(louder.keys('llama.rope.scaling.')['attn_factor']).toBeCloseTo(1.5 / (1 + 0.1 * Math.log(4)), 6)
  })

  it('a yarn ramp that llama.cpp does not read becomes divisors, or is refused where it takes none', async () => {
    const rope_scaling = {
      rope_type: 'yarn',
      factor: 4,
      original_max_position_embeddings: 64,
      beta_fast: 8,
      beta_slow: 4,
    }
    // Of the second pair llama.cpp's own ramp would blend a third, this one takes all.
    const found = await exportConfig({ ...llama, rope_theta: 10, rope_scaling })
    expect(tensorValues(found.tensors.get('rope_freqs.weight')!)).toEqual([1, 4])
    expect(found.keys('llama.rope.scaling.')['attn_factor']).toBeCloseTo(1 + 0.1 * Math.log(4), 6)
    const qwen = {
      ...sizes,
      model_type: 'qwen2',
      architectures: ['Qwen2ForCausalLM'],
      rope_theta: 10,
      rope_scaling,
    }
    await expect(exportConfig(qwen)).rejects.toThrow(/rotary positions/)
  })
})

describe('families', () => {
  it('Qwen2: biases, nothing turned', async () => {
    const config = { ...sizes, model_type: 'qwen2', architectures: ['Qwen2ForCausalLM'], rope_theta: 1e6 }
    const { keys, tensors, source } = await exportConfig(config)
    expect(keys('general.')['architecture']).toBe('qwen2')
    expect(keys('qwen2.rope.')['freq_base']).toBe(1e6)
    close(tensors.get('blk.0.attn_q.weight'), source('model.layers.0.self_attn.q_proj.weight'))
    expect(tensorValues(tensors.get('blk.0.attn_k.bias')!)).toEqual(
      source('model.layers.0.self_attn.k_proj.bias'),
    )
    expect(tensors.get('blk.0.attn_k.bias')!.typeId).toBe(0)
  })

  it('Mistral: a Llama whose window llama.cpp does not know', async () => {
    const config = {
      ...sizes,
      model_type: 'mistral',
      architectures: ['MistralForCausalLM'],
      sliding_window: 12,
    }
    const { keys, warnings } = await exportConfig(config)
    expect(keys('general.')['architecture']).toBe('llama')
    expect(warnings.join()).toMatch(/the same only up to 12 tokens/)
  })

  it('Phi-3: fused matrices as they are, both sets of long factors', async () => {
    const { keys, tensors, source } = await exportConfig({
      ...sizes,
      model_type: 'phi3',
      architectures: ['Phi3ForCausalLM'],
      original_max_position_embeddings: 32,
      rope_theta: 10_000,
      rope_scaling: { type: 'longrope', short_factor: [1, 1.5], long_factor: [2, 9] },
      pad_token_id: 0,
    })
    close(tensors.get('blk.0.attn_qkv.weight'), source('model.layers.0.self_attn.qkv_proj.weight'))
    expect(tensors.get('blk.1.ffn_up.weight')!.sides).toEqual([16, 48])
    expect(tensorValues(tensors.get('rope_factors_short.weight')!)).toEqual([1, 1.5])
    expect(tensorValues(tensors.get('rope_factors_long.weight')!)).toEqual([2, 9])
    const { attn_factor: factor, ...others } = keys('phi3.rope.scaling.')
    expect(others).toEqual({ type: 'longrope', original_context_length: 32 })
    expect(factor).toBeCloseTo(Math.sqrt(1 + Math.log(2) / Math.log(32)), 6)
    expect(keys('phi3.attention.')['sliding_window']).toBe(0)
  })

  it('Gemma 2: norms by 1 + w, caps, windows, and the scale of queries in their rows', async () => {
    const { keys, tensors, source } = await exportConfig({
      ...gemma,
      model_type: 'gemma2',
      architectures: ['Gemma2ForCausalLM'],
      attn_logit_softcapping: 30,
      final_logit_softcapping: 15,
      rope_theta: 10_000,
    })
    const plusOne = (name: string): number[] => source(name).map((value) => value + 1)
    for (const [name, from] of Object.entries({
      attn_norm: 'input_layernorm',
      post_attention_norm: 'post_attention_layernorm',
      ffn_norm: 'pre_feedforward_layernorm',
      post_ffw_norm: 'post_feedforward_layernorm',
    }))
      close(tensors.get(`blk.1.${name}.weight`), plusOne(`model.layers.1.${from}.weight`))
    close(tensors.get('output_norm.weight'), plusOne('model.norm.weight'))
    // Heads of 8 are scaled by 8^−½ there; the model wants 32^−½.
    const q = source('model.layers.0.self_attn.q_proj.weight')
    close(
      tensors.get('blk.0.attn_q.weight'),
      q.map((value) => value / 2),
    )
    expect([keys('gemma2.')['attn_logit_softcapping'], keys('gemma2.')['final_logit_softcapping']]).toEqual([
      30, 15,
    ])
    expect(keys('gemma2.attention.')['sliding_window']).toBe(12)
    expect(keys('gemma2.attention.')['sliding_window_pattern']).toBeUndefined()
    expect([keys('gemma2.attention.')['key_length'], keys('gemma2.attention.')['value_length']]).toEqual([
      8, 8,
    ])
    expect(tensors.has('output.weight')).toBe(false)
  })

  it('Gemma 3: query norms, two bases, windows in a pattern of its own', async () => {
    const { keys, tensors, source, warnings } = await exportConfig({
      ...gemma,
      model_type: 'gemma3_text',
      architectures: ['Gemma3ForCausalLM'],
      rope_theta: 1e6,
      rope_local_base_freq: 10_000,
      layer_types: ['sliding_attention', 'full_attention', 'sliding_attention'],
    })
    expect(keys('gemma3.rope.')).toEqual({ dimension_count: 8, freq_base: 1e6, freq_base_swa: 10_000 })
    expect(keys('gemma3.attention.')['sliding_window_pattern']).toEqual([true, false, true])
    const norm = source('model.layers.0.self_attn.q_norm.weight').map((value) => (value + 1) / 2)
    close(tensors.get('blk.0.attn_q_norm.weight'), norm)
    const keyNorm = source('model.layers.0.self_attn.k_norm.weight').map((value) => value + 1)
    close(tensors.get('blk.0.attn_k_norm.weight'), keyNorm)
    expect(warnings).toEqual([])
  })
})
