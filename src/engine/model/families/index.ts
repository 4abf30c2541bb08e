import { z } from 'zod'
import type { ModelConfig } from '../model-config.ts'
import { broken, ConfigFields, unsupported } from './config-fields.ts'
import type { Family, ParseOptions } from './family.ts'
import { llama } from './llama.ts'

/** Every family that can be computed, by config.json's "model_type". */
const families: ReadonlyMap<string, Family> = new Map([llama].map((family) => [family.modelType, family]))

/**
 * Parses config.json's content. Throws MODEL_UNSUPPORTED, naming the key, for whatever would change the maths, and
 * MODEL_BROKEN where a value is missing, of the wrong type, or contradicts another.
 */
export function parseModelConfig(json: unknown, options: ParseOptions = {}): ModelConfig {
  const named = z.looseObject({ model_type: z.string() }).safeParse(json)
  if (!named.success)
    throw broken('expected an object with "model_type"; found none. Is this a Hugging Face model folder?')
  const family = families.get(named.data.model_type)
  if (!family) throw unsupported('model_type', named.data.model_type, [...families.keys()].join(', '))
  const fields = new ConfigFields(named.data, family.article)
  const config = family.parse(fields, options)
  fields.finish()
  return config
}
