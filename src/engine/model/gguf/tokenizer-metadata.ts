import type { ModelConfig } from '../model-config.ts'
import { bool, float32s, int32s, type Metadata, text, texts, uint32 } from './metadata.ts'
import type { TokenizerFiles } from './tokenizer-files.ts'
import type { Vocabulary } from './vocabulary.ts'
import { modelNotes } from '../../../strings/model-notes.ts'

/** Texts that end an answer in llama.cpp whatever the file says (llama_vocab::impl::load). */
const knownEnds = new Set([
  '<|eot_id|>',
  '<|im_end|>',
  '<|end|>',
  '<|return|>',
  '<end_of_turn>',
  '<|endoftext|>',
  '</s>',
  '<|eom_id|>',
  '<EOT>',
  '<|end_of_text|>',
  '<end_of_utterance>',
  '<eos>',
  '<｜end▁of▁sentence｜>',
])

/**
 * `tokenizer.*` keys. `eosIds`: all tokens that end an answer, the most usual first. Adds to the vocabulary's warnings.
 */
export function tokenizerMetadata(
  files: TokenizerFiles,
  vocabulary: Vocabulary,
  config: ModelConfig,
  eosIds: readonly number[],
): Metadata {
  const { tokens, types, scores, merges, addSpacePrefix, warnings } = vocabulary
  const keys: Metadata = new Map([
    ['tokenizer.ggml.model', text(vocabulary.model)],
    ['tokenizer.ggml.pre', text(vocabulary.pre)],
    ['tokenizer.ggml.tokens', texts(tokens)],
    ['tokenizer.ggml.token_type', int32s(types)],
  ])
  if (scores) keys.set('tokenizer.ggml.scores', float32s(scores))
  if (merges) keys.set('tokenizer.ggml.merges', texts(merges))
  const idOf = (token: string | null | undefined): number | undefined => {
    if (token == null) return undefined
    const id = files.added.find(({ content }) => content === token)?.id ?? files.vocab.get(token)
    return id !== undefined && id < config.vocab ? id : undefined
  }
  const bos = idOf(files.config.bos_token) ?? config.bosTokenId
  const eos = idOf(files.config.eos_token) ?? eosIds[0] ?? config.eosTokenIds[0]
  const setId = (name: string, id: number | undefined): void => {
    if (id !== undefined) keys.set(`tokenizer.ggml.${name}_token_id`, uint32(id))
  }
  // Without the key llama.cpp takes token 11, an ordinary one.
  setId('bos', bos ?? (vocabulary.model === 'gpt2' ? eos : undefined))
  setId('eos', eos)
  setId('unknown', idOf(files.unknownToken))
  setId('padding', idOf(files.config.pad_token) ?? config.padTokenId)
  const others = eosIds.filter((id) => id !== eos && id < tokens.length && !knownEnds.has(tokens[id]!))
  setId('eot', others[0])
  setId('eom', others[1])
  if (others.length > 2) {
    const lost = others.slice(2).map((id) => tokens[id]!)
    warnings.push(modelNotes.gguf.endTokens(lost))
  }
  const first = templateToken(files, 'first')
  const last = templateToken(files, 'last')
  const addsBos = files.config.add_bos_token ?? (first !== undefined && idOf(first) === bos)
  const addsEos = files.config.add_eos_token ?? (last !== undefined && idOf(last) === eos)
  // Always stated: some names of pre-tokenizers would add one by themselves.
  keys.set('tokenizer.ggml.add_bos_token', bool(addsBos && bos !== undefined))
  keys.set('tokenizer.ggml.add_eos_token', bool(addsEos && eos !== undefined))
  if (addSpacePrefix !== undefined) keys.set('tokenizer.ggml.add_space_prefix', bool(addSpacePrefix))
  if (files.chatTemplate !== undefined) keys.set('tokenizer.chat_template', text(files.chatTemplate))
  return keys
}

/** The special token that the post-processor puts before or after a text. */
function templateToken({ postProcessors }: TokenizerFiles, end: 'first' | 'last'): string | undefined {
  for (const { type, single } of postProcessors) {
    if (type !== 'TemplateProcessing' || !Array.isArray(single) || single.length < 2) continue
    const piece: unknown = end === 'first' ? single[0] : single.at(-1)
    if (typeof piece !== 'object' || piece === null || !('SpecialToken' in piece)) continue
    const special = piece.SpecialToken
    if (typeof special === 'object' && special !== null && 'id' in special && typeof special.id === 'string')
      return special.id
  }
  return undefined
}
