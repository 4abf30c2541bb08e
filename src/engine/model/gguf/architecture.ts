import { AppError } from '../../../contract/errors.ts'
import type { FamilyName, ModelConfig } from '../model-config.ts'
import { bools, float32, type Metadata, uint32 } from './metadata.ts'
import { modelNotes } from '../../../strings/model-notes.ts'

/** llama.cpp's name of what computes each family (src/llama-arch.cpp). It runs Mistral as a Llama. */
export type Architecture = 'llama' | 'qwen2' | 'qwen3' | 'phi3' | 'gemma2' | 'gemma3'
const architectures: Record<FamilyName, Architecture> = {
  llama: 'llama',
  mistral: 'llama',
  qwen2: 'qwen2',
  qwen3: 'qwen3',
  phi3: 'phi3',
  gemma2: 'gemma2',
  gemma3: 'gemma3',
}
export const architectureOf = ({ family }: ModelConfig): Architecture => architectures[family]

export const cannotExpress = (config: ModelConfig, what: string): AppError =>
  new AppError(
    'MODEL_UNSUPPORTED',
    `llama.cpp's "${architectureOf(config)}" cannot compute this model: ${what}. Export a Hugging Face folder instead.`,
    { architecture: architectureOf(config), what },
  )

/** Factor of q·k that llama.cpp applies by itself (src/models/<architecture>.cpp); the largest Gemmas have their own. */
export function builtInAttentionScale(config: ModelConfig): number {
  const architecture = architectureOf(config)
  const ofLargest =
    (architecture === 'gemma2' && config.layers === 46) || (architecture === 'gemma3' && config.layers === 62)
  return (ofLargest ? Math.floor(config.hidden / config.heads) : config.headDim) ** -0.5
}

/** Throws MODEL_UNSUPPORTED, naming what llama.cpp's graph of this architecture leaves out or does otherwise. */
export function checkExpressible(config: ModelConfig): void {
  const architecture = architectureOf(config)
  const isGemma = architecture === 'gemma2' || architecture === 'gemma3'
  const refuse = (wrong: boolean, what: string): void => {
    if (wrong) throw cannotExpress(config, what)
  }
  const { heads, headDim, hidden, biases } = config
  refuse(
    (architecture === 'qwen2' || architecture === 'phi3') && heads * headDim !== hidden,
    `it wants heads × head size = hidden size; they are ${heads} × ${headDim} and ${hidden}`,
  )
  refuse(biases.o && architecture !== 'llama', 'its attention output has a bias')
  refuse(biases.mlp && architecture !== 'llama', 'its MLP has biases')
  refuse(
    config.queryKeyNorm !== (architecture === 'qwen3' || architecture === 'gemma3'),
    'the norms of queries and keys',
  )
  refuse(config.fusedProjections !== (architecture === 'phi3'), 'the fused projections')
  refuse(config.sandwichNorms !== isGemma || (config.normOffset === 1) !== isGemma, 'its norms')
  refuse((config.activation === 'gelu-tanh') !== isGemma, `the activation ${config.activation}`)
  refuse(
    Math.abs(config.embeddingScale - (isGemma ? Math.sqrt(hidden) : 1)) > 1e-2 * config.embeddingScale,
    `embeddings are multiplied by ${config.embeddingScale}`,
  )
  refuse(config.attentionSoftcap !== null && architecture !== 'gemma2', 'soft-capped attention')
  refuse(config.logitSoftcap !== null && !isGemma, 'soft-capped logits')
  refuse(
    architecture === 'gemma2' && (config.attentionSoftcap === null || config.logitSoftcap === null),
    'a Gemma 2 without soft-capping',
  )
  refuse(architecture === 'gemma2' && !config.tiedEmbeddings, 'a head of its own')
  const windows = new Set(config.layerKinds.map(({ window }) => window).filter((window) => window !== null))
  refuse(isGemma && windows.size > 1, `windows of ${[...windows].join(' and ')} tokens in one model`)
}

/** What a person should know: where llama.cpp computes something else, though only for long texts. */
export function architectureWarnings(config: ModelConfig): string[] {
  const architecture = architectureOf(config)
  if (architecture === 'gemma2' || architecture === 'gemma3') return []
  const windows = config.layerKinds.flatMap(({ window }) => (window === null ? [] : [window]))
  const narrowest = Math.min(...windows)
  if (narrowest >= config.maxPositions) return []
  return [modelNotes.gguf.window(architecture, narrowest)]
}

/** `<architecture>.*` keys without the rotary ones, as conversion/*.py of llama.cpp writes them. */
export function architectureMetadata(config: ModelConfig): Metadata {
  const architecture = architectureOf(config)
  const isGemma = architecture === 'gemma2' || architecture === 'gemma3'
  const keys: Metadata = new Map([
    ['block_count', uint32(config.layers)],
    ['context_length', uint32(config.maxPositions)],
    ['embedding_length', uint32(config.hidden)],
    ['feed_forward_length', uint32(config.ffn)],
    ['attention.head_count', uint32(config.heads)],
    ['attention.head_count_kv', uint32(config.kvHeads)],
    ['attention.key_length', uint32(config.headDim)],
    ['attention.value_length', uint32(config.headDim)],
    ['attention.layer_norm_rms_epsilon', float32(config.normEps)],
    ['vocab_size', uint32(config.vocab)],
  ])
  const windowOf = (layer: number): number | null => config.layerKinds[config.kindOfLayer[layer]!]!.window
  const slides = Array.from({ length: config.layers }, (_, layer) => windowOf(layer) !== null)
  const window = config.layerKinds.find((kind) => kind.window !== null)?.window ?? null
  if (isGemma && window !== null) {
    keys.set('attention.sliding_window', uint32(window))
    const every = architecture === 'gemma2' ? 2 : 6
    if (slides.some((slide, layer) => slide !== layer % every < every - 1))
      keys.set('attention.sliding_window_pattern', bools(slides))
  } else if (architecture === 'gemma2') {
    keys.set('attention.sliding_window_pattern', bools(slides))
  } else if (architecture === 'phi3') {
    // 0 tells Phi-4 from the others.
    keys.set('attention.sliding_window', uint32(window ?? 0))
  }
  if (config.attentionSoftcap !== null) keys.set('attn_logit_softcapping', float32(config.attentionSoftcap))
  if (config.logitSoftcap !== null) keys.set('final_logit_softcapping', float32(config.logitSoftcap))
  return new Map([...keys].map(([key, value]) => [`${architecture}.${key}`, value]))
}
