import type { FamilyName, ModelConfig } from '../model-config.ts'
import type { ConfigFields } from './config-fields.ts'

export interface ParseOptions {
  /** Tokens of the longest sequence of the job; see RopeContext. Absent: short sequences. */
  contextLength?: number | undefined
}

/** One model family: how its config.json becomes a ModelConfig. */
export interface Family {
  name: FamilyName
  /** config.json's "model_type". */
  modelType: string
  /** "a Llama": for messages. */
  article: string
  /** Reads every key that it understands; what is left is refused by name afterwards. */
  parse(fields: ConfigFields, options: ParseOptions): ModelConfig
}
