import type { ModelConfig } from '../model-config.ts'
import { byteToken, toByteCharacters } from '../../text/tokenization/byte-alphabet.ts'
import { preTokenizerName } from './pre-tokenizer.ts'
import { type AddedToken, cannotExport, type Step, type TokenizerFiles } from './tokenizer-files.ts'
import { modelNotes } from '../../../strings/model-notes.ts'

/** `llama_token_type` of include/llama.h. */
const tokenTypes = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const

/** A tokenizer in llama.cpp's terms. Index = token id; as many as the model has embeddings. */
export interface Vocabulary {
  /** "gpt2": byte-level BPE; "llama": SentencePiece BPE. */
  model: 'gpt2' | 'llama'
  pre: string
  tokens: string[]
  types: number[]
  scores?: Float32Array
  merges?: string[]
  addSpacePrefix?: boolean
  /** Where llama.cpp will tokenize otherwise, though rarely. */
  warnings: string[]
}

/** Throws MODEL_UNSUPPORTED, naming what llama.cpp's tokenizers cannot do. */
export function exportVocabulary(files: TokenizerFiles, config: ModelConfig, dir: string): Vocabulary {
  const steps = [...files.preTokenizers, ...files.decoders]
  const kind = steps.some(({ type }) => type === 'ByteLevel')
    ? byteLevel
    : files.byteFallback || [...files.normalizers, ...steps].some(writesMetaspace)
      ? sentencePiece
      : plainCharacters
  const vocabulary = kind(files, config.vocab, dir)
  const seen = new Map<string, number>()
  for (const [id, token] of vocabulary.tokens.entries()) {
    const twin = seen.get(token)
    // llama.cpp ends the whole process over this.
    if (twin !== undefined)
      throw cannotExport(dir, `the tokens ${twin} and ${id} are both written ${JSON.stringify(token)}`)
    seen.set(token, id)
  }
  return vocabulary
}

const metaspace = '▁'
const writesMetaspace = (step: Step): boolean =>
  step.type === 'Metaspace' || (step.type === 'Replace' && step['content'] === metaspace)

/** Normalizers that llama.cpp's converter leaves out, too; anything else would change every text. */
const looseNormalizers = new Set(['NFC', 'NFKC', 'NFD', 'NFKD', 'Precompiled'])

function normalizerWarnings(steps: readonly Step[], dir: string): string[] {
  return steps.map(({ type }) => {
    if (!looseNormalizers.has(type)) throw cannotExport(dir, `the normalizer ${type}`)
    return modelNotes.gguf.normalizer(type)
  })
}

function byteLevel(files: TokenizerFiles, vocab: number, dir: string): Vocabulary {
  const pre = preTokenizerName(files)
  if (pre === undefined)
    throw cannotExport(dir, `it has no name for words split by ${JSON.stringify(files.preTokenizers)}`)
  const warnings = normalizerWarnings(
    files.normalizers.filter(({ type }) => type !== 'NFC'),
    dir,
  )
  if (files.preTokenizers.some((step) => step.type === 'ByteLevel' && step['add_prefix_space'] === true))
    warnings.push(modelNotes.gguf.noPrefixSpace)
  return {
    model: 'gpt2',
    pre,
    ...numberTokens(files, vocab, (token) => ({ token, type: tokenTypes.normal })),
    merges: files.merges.map(([left, right]) => `${left} ${right}`),
    warnings,
  }
}

/**
 * BPE over characters as they are. In byte letters it is a byte-level BPE whose first merges put each character's bytes
 * together; UTF-8's bytes tell where a character begins, so that those merges never touch two of them.
 */
function plainCharacters(files: TokenizerFiles, vocab: number, dir: string): Vocabulary {
  if (files.preTokenizers.length > 0)
    throw cannotExport(dir, `it has no name for words split by ${JSON.stringify(files.preTokenizers)}`)
  const warnings = normalizerWarnings(files.normalizers, dir)
  const characters = new Set([...files.vocab.keys()].flatMap((token) => Array.from(token)))
  const merges = new Set<string>()
  for (const character of characters) {
    const bytes = Array.from(toByteCharacters(character))
    for (let end = 1; end < bytes.length; end++) merges.add(`${bytes.slice(0, end).join('')} ${bytes[end]}`)
  }
  for (const [left, right] of files.merges) merges.add(`${toByteCharacters(left)} ${toByteCharacters(right)}`)
  if (files.merges.length > 0) warnings.push(modelNotes.gguf.splitsWords)
  warnings.push(
    files.unknownToken === undefined
      ? modelNotes.gguf.unknownIsError
      : modelNotes.gguf.unknown(files.unknownToken),
  )
  const numbered = numberTokens(files, vocab, (token) => ({
    token: toByteCharacters(token),
    type: tokenTypes.normal,
  }))
  return { model: 'gpt2', pre: 'smollm', ...numbered, merges: [...merges], warnings }
}

/**
 * llama.cpp merges the neighbours whose joint token has the best score, whichever they are; here the score is the token's
 * first rank among the merges, which is what SentencePiece's own scores are (−rank).
 */
function sentencePiece(files: TokenizerFiles, vocab: number, dir: string): Vocabulary {
  const missing = byteTokens.findIndex((token) => !files.vocab.has(token))
  if (!files.byteFallback || missing >= 0)
    throw cannotExport(
      dir,
      `it wants a token for every byte; ${byteToken(Math.max(missing, 0))} is missing or unused`,
    )
  const warnings = normalizerWarnings(
    files.normalizers.filter((step) => !writesMetaspace(step) && step.type !== 'Prepend'),
    dir,
  )
  const foreign = files.preTokenizers.find((step) => step.type !== 'Metaspace' && !splitsNothing(step))
  if (foreign) throw cannotExport(dir, `words split by ${JSON.stringify(foreign)}`)
  const scheme = files.preTokenizers.find(({ type }) => type === 'Metaspace')
  if (scheme?.['prepend_scheme'] === 'first') warnings.push(modelNotes.gguf.spaceAfterSpecial)
  const ranks = firstRanks(files.merges, warnings)
  const isByte = new Set(byteTokens)
  const numbered = numberTokens(files, vocab, (token) => ({
    token,
    type:
      token === files.unknownToken
        ? tokenTypes.unknown
        : isByte.has(token)
          ? tokenTypes.byte
          : tokenTypes.normal,
  }))
  const scores = new Float32Array(vocab)
  for (const [id, type] of numbered.types.entries())
    if (type === tokenTypes.normal) scores[id] = -(ranks.get(numbered.tokens[id]!) ?? files.merges.length)
    else if (type !== tokenTypes.byte && type !== tokenTypes.unknown) scores[id] = -1000
  const prefixes =
    files.normalizers.some(({ type }) => type === 'Prepend') ||
    (scheme !== undefined && scheme['prepend_scheme'] !== 'never' && scheme['add_prefix_space'] !== false)
  return { model: 'llama', pre: 'default', ...numbered, scores, addSpacePrefix: prefixes, warnings }
}

const byteTokens = Array.from({ length: 256 }, (_, byte) => byteToken(byte))

/** Gemma's pre-tokenizer splits at spaces, of which its normalizer has left none. */
const splitsNothing = ({ type, pattern }: Step): boolean =>
  type === 'Split' &&
  typeof pattern === 'object' &&
  pattern !== null &&
  'String' in pattern &&
  pattern.String === ' '

/** Rank of a token's best pair. Warns where pairs of different tokens take turns: then no score says the same. */
function firstRanks(merges: TokenizerFiles['merges'], warnings: string[]): Map<string, number> {
  const ranks = new Map<string, number>()
  let takesTurns = false
  let previous: string | undefined
  for (const [rank, [left, right]] of merges.entries()) {
    const token = left + right
    if (!ranks.has(token)) ranks.set(token, rank)
    else if (token !== previous) takesTurns = true
    previous = token
  }
  if (takesTurns) warnings.push(modelNotes.gguf.mergeOrder)
  return ranks
}

/** Tokens and types by id: the model's own, then added ones over them, then padding for rows without a token. */
function numberTokens(
  { vocab: own, added }: TokenizerFiles,
  vocab: number,
  write: (token: string) => { token: string; type: number },
): { tokens: string[]; types: number[] } {
  const tokens = Array.from({ length: vocab }, (_, id) => `[PAD${id}]`)
  const types = Array.from({ length: vocab }, (): number => tokenTypes.unused)
  for (const [text, id] of own) {
    if (id >= vocab) continue
    const { token, type } = write(text)
    tokens[id] = token
    types[id] = type
  }
  for (const token of added) {
    if (token.id >= vocab) continue
    const isUnknown = types[token.id] === tokenTypes.unknown
    types[token.id] = isUnknown
      ? tokenTypes.unknown
      : isControl(token)
        ? tokenTypes.control
        : tokenTypes.userDefined
    tokens[token.id] = isControl(token) ? token.content : token.content.replaceAll(metaspace, ' ')
  }
  return { tokens, types }
}

/** Some models do not say of their control tokens that they are special (conversion/base.py, does_token_look_special). */
function isControl({ content, special }: AddedToken): boolean {
  const looksSpecial =
    ['<pad>', '<mask>', '<2mass>', '[@BOS@]'].includes(content) ||
    /^<\|.*\|>$/su.test(content) ||
    /^<｜.*｜>$/su.test(content) ||
    /^<unused.*>$/su.test(content)
  return special || looksSpecial
}
