import { z } from 'zod'
import type { AppError } from '../../../contract/errors.ts'
import type { ModelConfig } from '../model-config.ts'
import { broken, ConfigFields, unsupported } from './config-fields.ts'
import type { Family, ParseOptions } from './family.ts'
import { gemma2 } from './gemma2.ts'
import { gemma3 } from './gemma3.ts'
import { llama } from './llama.ts'
import { mistral } from './mistral.ts'
import { phi3 } from './phi3.ts'
import { qwen2 } from './qwen2.ts'
import { qwen3 } from './qwen3.ts'

/** Every family that can be computed, by config.json's "model_type". */
const families: ReadonlyMap<string, Family> = new Map(
  [llama, mistral, qwen2, qwen3, phi3, gemma2, gemma3].map((family) => [family.modelType, family]),
)

/**
 * Parses config.json's content. Throws MODEL_UNSUPPORTED, naming the key, for whatever would change the maths, and
 * MODEL_BROKEN where a value is missing, of the wrong type, or contradicts another.
 */
export function parseModelConfig(json: unknown, options: ParseOptions = {}): ModelConfig {
  const named = z.looseObject({ model_type: z.string() }).safeParse(json)
  if (!named.success)
    throw broken('expected an object with "model_type"; found none. Is this a Hugging Face model folder?')
  const family = families.get(named.data.model_type)
  if (!family) throw unsupportedFamily(named.data.model_type)
  const fields = new ConfigFields(named.data, family.article)
  const config = family.parse(fields, options)
  fields.finish()
  return config
}

/** Neighbours of the families above, and what they need that is not computed. */
const neighbours: Readonly<Record<string, string>> = {
  gemma: 'Gemma 1, whose layers are not those of Gemma 2',
  gemma3: 'Gemma 3 with its image part (its text-only checkpoints are "gemma3_text")',
  mistral3: 'Mistral with its image part',
  ministral: 'Ministral, with layers of two kinds',
  mixtral: 'a mixture of experts',
  qwen2_moe: 'a mixture of experts',
  qwen2_vl: 'Qwen2 with its image part',
  qwen2_5_vl: 'Qwen2.5 with its image part',
  qwen3_moe: 'a mixture of experts',
  qwen3_next: 'a mixture of experts with linear attention',
  phimoe: 'a mixture of experts',
  phi3small: 'Phi-3-small, with block-sparse attention',
  phi3_v: 'Phi-3 with its image part',
  smollm3: 'SmolLM3, with layers that have no positions (NoPE)',
  llama4: 'Llama 4, a mixture of experts',
  mllama: 'Llama 3.2 with its image part',
}

function unsupportedFamily(modelType: string): AppError {
  const names = [...families.keys()].join(', ')
  const own = Object.hasOwn(neighbours, modelType) ? `, and not ${neighbours[modelType]}` : ''
  return unsupported('model_type', modelType, names + own)
}
