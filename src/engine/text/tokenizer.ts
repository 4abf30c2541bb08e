import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../contract/errors.ts'
import { readJsonIfThere } from './read-json.ts'
import { AddedToken } from './tokenization/added-tokens.ts'
import { complete, createPipeline, type TokenPipeline } from './tokenization/pipeline.ts'
import type { Framing } from './tokenization/post-processor.ts'

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
  /** Special tokens (a BOS) that transformers puts around a text; `encode` never does. Throws MODEL_UNSUPPORTED. */
  framing(): Framing
  tokenId(token: string): number | undefined
  isSpecial(id: number): boolean
}

const TokenOrText = z.union([
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
  Object.fromEntries(tokenNames.map((name) => [name, TokenOrText.nullish()])) as Record<
    (typeof tokenNames)[number],
    z.ZodOptional<z.ZodNullable<typeof TokenOrText>>
  >,
)

/** What else of tokenizer_config.json changes tokens. */
const AddedInConfig = z.looseObject({
  added_tokens_decoder: z.record(z.string().regex(/^\d+$/), AddedToken).nullish(),
  additional_special_tokens: z.array(TokenOrText).nullish(),
  extra_special_tokens: z.union([z.array(TokenOrText), z.record(z.string(), TokenOrText)]).nullish(),
  split_special_tokens: z.boolean().nullish(),
})

/**
 * Reads tokenizer.json, tokenizer_config.json and special_tokens_map.json of a Hugging Face folder. Throws
 * FILE_NOT_FOUND, FILE_UNREADABLE, MODEL_UNSUPPORTED (no tokenizer.json but another format, or a part by name) or
 * MODEL_BROKEN (missing ids, merges of unknown tokens, …).
 */
export async function loadTokenizer(modelDir: string): Promise<TextTokenizer> {
  const path = join(modelDir, 'tokenizer.json')
  const json = await readJsonIfThere(path)
  if (json === undefined) throw await missingTokenizer(modelDir)
  const specialTokens = await readSpecialTokens(modelDir)
  const pipeline = createPipeline(json)
  await addConfigTokens(modelDir, pipeline, specialTokens)
  return wrap(pipeline, specialTokens, path)
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

/**
 * As transformers' TokenizersBackend does on loading: tokens of `added_tokens_decoder` whose flags differ are added
 * again, then named special tokens that are no added tokens yet become some. One that is not in the vocabulary either
 * would get an id that the model has no row for; it stays text.
 */
async function addConfigTokens(
  modelDir: string,
  { added }: TokenPipeline,
  specialTokens: Readonly<Record<string, string>>,
): Promise<void> {
  const path = join(modelDir, 'tokenizer_config.json')
  const parsed = AddedInConfig.safeParse((await readJsonIfThere(path)) ?? {})
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new AppError(
      'MODEL_BROKEN',
      `${path}: "${issue?.path.join('.') ?? ''}": ${issue?.message ?? 'not understood'}.`,
      {
        path,
      },
    )
  }
  const stated = Object.entries(parsed.data.added_tokens_decoder ?? {})
    .map(([id, token]) => ({ ...complete(token), id: Number(id) }))
    .toSorted((a, b) => a.id - b.id)
  const differing = stated.filter((token) => !added.has(token))
  const extra = parsed.data.extra_special_tokens ?? parsed.data.additional_special_tokens ?? []
  const names = [...Object.values(specialTokens), ...(Array.isArray(extra) ? extra : Object.values(extra))]
  const given = new Set(differing.map(({ content }) => content))
  const named = [...new Set(names)]
    .filter((token) => !added.isAdded(token) && !given.has(token) && added.id(token) !== undefined)
    .map((content) => complete({ content, single_word: false, lstrip: false, rstrip: false, special: true }))
  if (differing.length > 0 || named.length > 0) added.add([...differing, ...named])
  added.splitsSpecial = parsed.data.split_special_tokens ?? false
}

function wrap(pipeline: TokenPipeline, specialTokens: Record<string, string>, path: string): TextTokenizer {
  const { added } = pipeline
  const ids = pipeline.ids()
  const vocabSize = [...ids].reduce((size, id) => Math.max(size, id + 1), 0)
  if (ids.size < vocabSize) {
    const missing = Array.from({ length: vocabSize }, (_, id) => id).find((id) => !ids.has(id))!
    throw new AppError(
      'MODEL_BROKEN',
      `${path}: ${vocabSize - ids.size} of its ${vocabSize} ids have no token, the first of them ${missing}. ` +
        'Download the tokenizer again, or save it once with transformers.',
      { path, missing },
    )
  }
  for (const key of ['bos_token', 'eos_token']) {
    const token = specialTokens[key]
    if (token !== undefined && added.id(token) === undefined) {
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
    encode: (text) => pipeline.encode(text),
    decode: (decoded, options = {}) => pipeline.decode(decoded, options.skipSpecial ?? false),
    framing: () => pipeline.framing(),
    tokenId: (token) => added.id(token),
    isSpecial: (id) => {
      const token = added.token(id)
      return token !== undefined && added.isSpecial(token)
    },
  }
}
