import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { Tokenizer } from '@huggingface/tokenizers'
import { z } from 'zod'
import { AppError } from '../../contract/errors.ts'
import { readJsonIfThere } from './read-json.ts'

export interface TextTokenizer {
  /** Highest token id + 1. The model's own vocabulary may be larger (padded rows), never smaller. */
  readonly vocabSize: number
  readonly bosToken?: string
  readonly eosToken?: string
  /** bos_token, eos_token, pad_token, … by name, as chat templates see them. */
  readonly specialTokens: Readonly<Record<string, string>>
  /** No BOS or EOS is added; special tokens in the text are parsed. Throws BAD_INPUT for text without tokens. */
  encode(text: string): number[]
  /** Never "cleans up" spaces, so that text survives encode and decode. Ids without a token are skipped. */
  decode(ids: readonly number[], options?: { skipSpecial?: boolean }): string
  tokenId(token: string): number | undefined
  isSpecial(id: number): boolean
}

const TokenContent = z.union([
  z.string(),
  z.looseObject({ content: z.string() }).transform((token) => token.content),
])
const tokenNames = [
  'bos_token',
  'eos_token',
  'pad_token',
  'unk_token',
  'sep_token',
  'cls_token',
  'mask_token',
] as const
const SpecialTokens = z.looseObject(
  Object.fromEntries(tokenNames.map((name) => [name, TokenContent.nullish()])) as Record<
    (typeof tokenNames)[number],
    z.ZodOptional<z.ZodNullable<typeof TokenContent>>
  >,
)

const TokenizerJson = z.looseObject({
  model: z.looseObject({
    type: z.string().nullish(),
    vocab: z.union([z.record(z.string(), z.number().int().min(0)), z.array(z.unknown())]),
    unk_token: z.string().nullish(),
  }),
  added_tokens: z
    .array(
      z.looseObject({
        id: z.number().int().min(0),
        content: z.string(),
        special: z.boolean().default(false),
      }),
    )
    .nullish(),
})

/** tokenizer.json may leave these out; the library wants them named. */
const absentParts = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null }

/**
 * Reads tokenizer.json, tokenizer_config.json and special_tokens_map.json of a Hugging Face folder. Throws
 * FILE_NOT_FOUND, FILE_UNREADABLE, MODEL_UNSUPPORTED (no tokenizer.json but another format) or MODEL_BROKEN.
 */
export async function loadTokenizer(modelDir: string): Promise<TextTokenizer> {
  const path = join(modelDir, 'tokenizer.json')
  const json = await readJsonIfThere(path)
  if (json === undefined) throw await missingTokenizer(modelDir)
  const parsed = TokenizerJson.safeParse(json)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new AppError(
      'MODEL_BROKEN',
      `${path}: "${issue?.path.join('.') ?? ''}": ${issue?.message ?? 'not understood'}.`,
      { path },
    )
  }
  const specialTokens = await readSpecialTokens(modelDir)
  const unknown = parsed.data.model.unk_token ?? specialTokens['unk_token']
  const config = { ...specialTokens, ...(unknown == null ? {} : { unk_token: unknown }) }
  let tokenizer: Tokenizer
  try {
    tokenizer = new Tokenizer(
      { ...absentParts, ...(json as object), added_tokens: parsed.data.added_tokens ?? [] },
      config,
    )
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new AppError(
      'MODEL_UNSUPPORTED',
      `${path} describes a tokenizer that this version cannot build: ${why}.`,
      { path },
      { cause },
    )
  }
  return wrap(tokenizer, specialTokens, path)
}

async function missingTokenizer(modelDir: string): Promise<AppError> {
  for (const name of ['tokenizer.model', 'vocab.json', 'spiece.model']) {
    const there = await access(join(modelDir, name)).then(
      () => true,
      () => false,
    )
    if (!there) continue
    return new AppError(
      'MODEL_UNSUPPORTED',
      `expected tokenizer.json in ${modelDir}; found only ${name}. Save the tokenizer once with transformers ` +
        '(AutoTokenizer.from_pretrained(…).save_pretrained(…)), which writes tokenizer.json.',
      { dir: modelDir, found: name },
    )
  }
  return new AppError(
    'FILE_NOT_FOUND',
    `expected tokenizer.json in ${modelDir}; found none. Choose a Hugging Face model folder.`,
    { dir: modelDir },
  )
}

async function readSpecialTokens(modelDir: string): Promise<Record<string, string>> {
  const tokens: Record<string, string> = {}
  // tokenizer_config.json wins, as in transformers: it is read last.
  for (const name of ['special_tokens_map.json', 'tokenizer_config.json']) {
    const path = join(modelDir, name)
    const json = await readJsonIfThere(path)
    if (json === undefined) continue
    const parsed = SpecialTokens.safeParse(json)
    if (!parsed.success) {
      const key = parsed.error.issues[0]?.path.join('.') ?? ''
      throw new AppError(
        'MODEL_BROKEN',
        `${path}: expected "${key}" to be a token or an object with "content".`,
        { path, key },
      )
    }
    for (const key of tokenNames) {
      const token = parsed.data[key]
      if (token != null) tokens[key] = token
    }
  }
  return tokens
}

function wrap(tokenizer: Tokenizer, specialTokens: Record<string, string>, path: string): TextTokenizer {
  const special = new Set<number>()
  for (const [id, token] of tokenizer.get_added_tokens_decoder()) if (token.special) special.add(id)
  let vocabSize = 0
  for (const id of tokenizer.get_vocab().values()) vocabSize = Math.max(vocabSize, id + 1)
  for (const key of ['bos_token', 'eos_token']) {
    const token = specialTokens[key]
    if (token !== undefined && tokenizer.token_to_id(token) === undefined) {
      throw new AppError(
        'MODEL_BROKEN',
        `${path} has no token ${JSON.stringify(token)}, which is this model's ${key}.`,
        {
          path,
          token,
        },
      )
    }
  }
  return {
    vocabSize,
    specialTokens,
    ...(specialTokens['bos_token'] === undefined ? {} : { bosToken: specialTokens['bos_token'] }),
    ...(specialTokens['eos_token'] === undefined ? {} : { eosToken: specialTokens['eos_token'] }),
    encode(text) {
      if (text === '') return []
      const { ids, tokens } = tokenizer.encode(text, { add_special_tokens: false })
      // The library types ids as numbers, but a vocabulary without an unknown token leaves holes.
      const hole = (ids as (number | undefined)[]).indexOf(undefined)
      if (hole < 0) return ids
      const token = tokens[hole] ?? ''
      throw new AppError(
        'BAD_INPUT',
        `the model's tokenizer has no token for ${JSON.stringify(token)}, and none for unknown text.`,
        {
          token,
        },
      )
    },
    decode(ids, options = {}) {
      const kept: number[] = []
      for (const id of ids) {
        if (options.skipSpecial && special.has(id)) continue
        if (tokenizer.id_to_token(id) !== undefined) kept.push(id)
      }
      return kept.length === 0 ? '' : tokenizer.decode(kept, { clean_up_tokenization_spaces: false })
    },
    tokenId: (token) => tokenizer.token_to_id(token),
    isSpecial: (id) => special.has(id),
  }
}
