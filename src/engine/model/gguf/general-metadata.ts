import type { ModelConfig } from '../model-config.ts'
import { parameterCount } from '../weight-names.ts'
import { architectureOf } from './architecture.ts'
import { type Metadata, text, uint32 } from './metadata.ts'
import type { TokenizerFiles } from './tokenizer-files.ts'

/** Bytes of which every tensor begins at a multiple. */
export const alignment = 32
/** `llama_ftype` of include/llama.h. */
const fileTypes = { f16: 1, q8_0: 7 }

/** `general.*` keys. */
export function generalMetadata(
  name: string,
  type: 'f16' | 'q8_0',
  config: ModelConfig,
  files: TokenizerFiles,
): Metadata {
  return new Map([
    ['general.architecture', text(architectureOf(config))],
    ['general.type', text('model')],
    ['general.name', text(nameForLlamaCpp(name, config, files))],
    ['general.size_label', text(sizeLabel(parameterCount(config)))],
    ['general.alignment', uint32(alignment)],
    ['general.file_type', uint32(fileTypes[type])],
    ['general.quantization_version', uint32(2)],
  ])
}

/** "1.5B", "135M": two digits at least, as model_weight_count_rounded_notation of gguf-py. */
function sizeLabel(parameters: number): string {
  const [divisor, unit] = parameters > 1e9 ? [1e9, 'B'] : parameters > 1e6 ? [1e6, 'M'] : [1e3, 'K']
  const scaled = parameters / divisor
  return `${scaled.toFixed(scaled < 9.5 ? 1 : 0)}${unit}`
}

/**
 * By the letters "phi3" or "phi-3" in a model's name llama.cpp recognizes Phi-3's tokenizer: special tokens then swallow
 * the spaces behind them, and a vocabulary without "</s>" fails to load.
 */
function nameForLlamaCpp(name: string, config: ModelConfig, { added }: TokenizerFiles): string {
  const has = (token: string): boolean => added.some(({ content }) => content === token)
  const isPhi3 = ['</s>', '<unk>', '<s>', '<|endoftext|>'].every(has)
  const swallows = config.family === 'phi3' && isPhi3 && added.some(({ rstrip }) => rstrip)
  const says = /phi-?3/i.test(name)
  if (swallows && !says) return `${name} (Phi-3)`
  return says && !swallows ? name.replaceAll(/phi-?3/gi, (found) => `${found.slice(0, 3)} 3`) : name
}
