import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseModelConfig } from '../../../src/engine/model/families/index.ts'
import { expectedWeights } from '../../../src/engine/model/weight-names.ts'
import type { Weight, WeightDtype } from '../../../src/engine/model/safetensors.ts'
import { writeSafetensors } from '../../../src/engine/model/write-safetensors.ts'
import { type TinyTokenizer, writeByteLevelBpe } from '../text/tiny-tokenizers.ts'

export const tinyConfig = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  num_hidden_layers: 2,
  hidden_size: 16,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  intermediate_size: 24,
  vocab_size: 272,
  hidden_act: 'silu',
  rms_norm_eps: 1e-5,
  rope_theta: 10_000,
  max_position_embeddings: 64,
  tie_word_embeddings: true,
  bos_token_id: 261,
  eos_token_id: 262,
  torch_dtype: 'float32',
  transformers_version: '4.37.0',
  use_cache: true,
}

export function tempFolder(): string {
  return mkdtempSync(join(tmpdir(), 'spin-model-'))
}

/** Every weight of the config, each number different and exact in bfloat16. */
export function tinyWeights(config: object): Map<string, Weight> {
  const weights = new Map<string, Weight>()
  let next = 1
  for (const [name, shape] of expectedWeights(parseModelConfig(config))) {
    const data = new Float32Array(shape.reduce((product, side) => product * side, 1))
    for (let i = 0; i < data.length; i++) data[i] = ((next++ % 255) - 127) / 128
    weights.set(name, { shape, data })
  }
  return weights
}

export interface TinyModel {
  config?: object
  generation?: object
  tokenizer?: TinyTokenizer
  dtype?: WeightDtype
  change?: (weights: Map<string, Weight>) => void
}

/** A complete Hugging Face folder with a byte-level tokenizer. */
export async function writeTinyModel(dir: string, model: TinyModel = {}): Promise<string> {
  const config = { ...tinyConfig, ...model.config }
  writeByteLevelBpe(dir, model.tokenizer)
  writeFileSync(join(dir, 'config.json'), JSON.stringify(config))
  if (model.generation) writeFileSync(join(dir, 'generation_config.json'), JSON.stringify(model.generation))
  const weights = tinyWeights(config)
  model.change?.(weights)
  await writeSafetensors(join(dir, 'model.safetensors'), weights, model.dtype ?? 'F32')
  return dir
}
