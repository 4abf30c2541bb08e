/** What config.json of every Qwen/Qwen2.5-…-Instruct says alike, and sizes. */
const qwen = (sizes: { vocab_size: number; [field: string]: number | boolean }) => ({
  architectures: ['Qwen2ForCausalLM'],
  model_type: 'qwen2',
  hidden_act: 'silu',
  rms_norm_eps: 1e-6,
  rope_theta: 1_000_000,
  max_position_embeddings: 32_768,
  tie_word_embeddings: true,
  torch_dtype: 'bfloat16',
  eos_token_id: sizes.vocab_size - 1,
  ...sizes,
})

/** config.json by size; `tiny`: to try a script where there is no card. */
export const qwenShapes = {
  tiny: qwen({
    num_hidden_layers: 2,
    hidden_size: 64,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    intermediate_size: 128,
    vocab_size: 512,
  }),
  '0.5B': qwen({
    num_hidden_layers: 24,
    hidden_size: 896,
    num_attention_heads: 14,
    num_key_value_heads: 2,
    intermediate_size: 4864,
    vocab_size: 151_936,
  }),
  '1.5B': qwen({
    num_hidden_layers: 28,
    hidden_size: 1536,
    num_attention_heads: 12,
    num_key_value_heads: 2,
    intermediate_size: 8960,
    vocab_size: 151_936,
  }),
  '7B': qwen({
    num_hidden_layers: 28,
    hidden_size: 3584,
    num_attention_heads: 28,
    num_key_value_heads: 4,
    intermediate_size: 18_944,
    vocab_size: 152_064,
    tie_word_embeddings: false,
  }),
} as const
export type QwenShape = keyof typeof qwenShapes

export const isQwenShape = (name: string): name is QwenShape => name in qwenShapes
