import { AppError } from '../../contract/errors.ts'

/** Far above any model that a workstation holds; a product of two of them is still an exact whole number. */
const largest: Record<string, number> = {
  num_hidden_layers: 2 ** 12,
  num_attention_heads: 2 ** 14,
  num_key_value_heads: 2 ** 14,
  head_dim: 2 ** 14,
  hidden_size: 2 ** 20,
  intermediate_size: 2 ** 22,
  vocab_size: 2 ** 24,
  max_position_embeddings: 2 ** 30,
}

/**
 * Looks at config.json before anything is made of it. Throws MODEL_UNSUPPORTED for a quantized checkpoint, by the name of
 * its method, and MODEL_BROKEN for a size that no model has: a table made from it would fill the memory.
 */
export function refuseConfig(config: Readonly<Record<string, unknown>>): void {
  refuseQuantized(config)
  // A model that also sees keeps its text model's sizes a level deeper.
  const text = config['text_config']
  if (typeof text === 'object' && text !== null) refuseConfig(text as Record<string, unknown>)
  for (const [key, limit] of Object.entries(largest)) {
    const value = config[key]
    if (typeof value !== 'number' || (value <= limit && value >= 0)) continue
    throw new AppError(
      'MODEL_BROKEN',
      `config.json: "${key}" is ${value}; expected a whole number up to ${limit}. Check that the file is the model's own.`,
      { key, value },
    )
  }
}

function refuseQuantized(config: Readonly<Record<string, unknown>>): void {
  for (const key of ['quantization_config', 'compression_config']) {
    const value = config[key]
    if (value == null || value === false) continue
    const method = typeof value === 'object' && 'quant_method' in value ? value.quant_method : null
    const name = typeof method === 'string' ? method.slice(0, 60) : 'a method that it does not name'
    throw new AppError(
      'MODEL_UNSUPPORTED',
      `config.json says that the weights are quantized with ${name} ("${key}"); this version reads weights of F32, F16 and ` +
        'BF16. Choose the checkpoint that this one was made from: training can quantize it itself (QLoRA).',
      { key, method: name },
    )
  }
}
