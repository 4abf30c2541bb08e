import { z } from 'zod'
import { AppError } from '../../../contract/errors.ts'
import { AddedToken, AddedTokens } from './added-tokens.ts'
import { createBpe } from './bpe.ts'
import { createDecoder } from './decoder.ts'
import { readPart, unsupportedPart } from './json-part.ts'
import { createNormalizer } from './normalizer.ts'
import { type Framing, readFraming } from './post-processor.ts'
import { createPreTokenizer } from './pre-tokenizer.ts'
import type { TokenModel } from './token-model.ts'
import { createUnigram } from './unigram.ts'
import { createWordLevel } from './word-level.ts'

const TokenizerJson = z.looseObject({
  model: z.looseObject({ type: z.string().nullish() }),
  added_tokens: z.array(AddedToken.extend({ id: z.number().int().min(0) })).nullish(),
})

/** The encoding and decoding of a tokenizer.json. */
export interface TokenPipeline {
  added: AddedTokens
  /** No special tokens are added; those in the text are found. Throws BAD_INPUT for text without tokens. */
  encode(text: string): number[]
  /** Ids without a token are skipped. */
  decode(ids: readonly number[], skipSpecial: boolean): string
  /** Special tokens that its post-processor puts around a text. Throws MODEL_UNSUPPORTED for one that we lack. */
  framing(): Framing
  /** Every id that has a token. */
  ids(): Set<number>
}

/**
 * Builds what tokenizer.json describes, as the Rust library `tokenizers` would run it: an own implementation, because
 * training on tokens that differ from the reference's in one place in ten thousand is a fault nobody would see.
 * Throws MODEL_UNSUPPORTED (parts we lack, by name) or MODEL_BROKEN.
 */
export function createPipeline(json: unknown): TokenPipeline {
  const parsed = readPart(TokenizerJson, json, 'the file')
  refuseLostStart(parsed['normalizer'], parsed['pre_tokenizer'])
  const normalize = createNormalizer(parsed['normalizer'])
  const preTokenize = createPreTokenizer(parsed['pre_tokenizer'])
  const decodeTokens = createDecoder(parsed['decoder'])
  const model = createModel(parsed.model)
  const added = new AddedTokens(model.vocabulary, normalize)
  added.add((parsed.added_tokens ?? []).map(complete).toSorted((a, b) => a.id - b.id))

  const encodeSection = (text: string, atStart: boolean, ids: number[]): void => {
    for (const section of added.splitNormalized(normalize(text))) {
      if (section.id !== undefined) ids.push(section.id)
      else
        for (const word of preTokenize(section.text, atStart && section.start === 0).texts)
          model.encode(word, ids)
    }
  }
  return {
    added,
    encode(text) {
      const ids: number[] = []
      // A lone half of a surrogate pair is no character and has no UTF-8.
      for (const section of added.splitRaw(text.toWellFormed())) {
        if (section.id !== undefined) ids.push(section.id)
        else encodeSection(section.text, section.start === 0, ids)
      }
      return ids
    },
    decode(ids, skipSpecial) {
      const tokens: string[] = []
      for (const id of ids) {
        const token = added.written(id)
        if (token !== undefined && !(skipSpecial && added.isSpecial(token))) tokens.push(token)
      }
      return decodeTokens(tokens).join('')
    },
    framing: () => readFraming(parsed['post_processor']),
    ids: () => new Set([...model.vocabulary.ids(), ...added.ids()]),
  }
}

/**
 * A Metaspace that marks only the text's beginning asks where a piece began before normalization. We know that only of
 * normalizers that delete nothing.
 */
function refuseLostStart(normalizer: unknown, preTokenizer: unknown): void {
  const marksFirst = parts(preTokenizer).some((part) => part['prepend_scheme'] === 'first')
  const deleting = parts(normalizer).find(
    ({ type, content }) =>
      type === 'Strip' || type === 'Precompiled' || (type === 'Replace' && content === ''),
  )
  if (marksFirst && deleting)
    throw unsupportedPart('pre_tokenizer', `Metaspace "first" after ${String(deleting['type'])}`)
}

/** The parts of a sequence and of the sequences in it. */
function parts(json: unknown): Record<string, unknown>[] {
  if (typeof json !== 'object' || json === null) return []
  const part = json as Record<string, unknown>
  const inner = part['normalizers'] ?? part['pretokenizers']
  return Array.isArray(inner) ? inner.flatMap(parts) : [part]
}

/** An added token with the flags that are left out. */
export function complete<Token extends z.infer<typeof AddedToken>>(
  token: Token,
): Token & { normalized: boolean } {
  return { ...token, normalized: token.normalized ?? !token.special }
}

function createModel(json: { type?: string | null | undefined; [key: string]: unknown }): TokenModel {
  // Files of before 2021 leave the type out.
  const type = json.type ?? (Array.isArray(json['vocab']) ? 'Unigram' : json['merges'] ? 'BPE' : undefined)
  if (json['vocab'] === undefined)
    throw new AppError('MODEL_BROKEN', 'tokenizer.json: its model has no vocabulary.')
  switch (type) {
    case 'BPE':
      return createBpe(json)
    case 'Unigram':
      return createUnigram(json)
    case 'WordLevel':
      return createWordLevel(json)
    default:
      throw unsupportedPart('model', type ?? 'without a type')
  }
}
