import { join } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../../contract/errors.ts'
import { readJsonIfThere, readTextIfThere } from '../../text/read-json.ts'

const AddedToken = z.looseObject({
  id: z.number().int().min(0),
  content: z.string(),
  special: z.boolean().default(false),
  lstrip: z.boolean().default(false),
  rstrip: z.boolean().default(false),
})
export type AddedToken = z.infer<typeof AddedToken>

/** A normalizer, a pre-tokenizer or a step of one. */
const Step = z.looseObject({ type: z.string() })
export type Step = z.infer<typeof Step>

const TokenizerJson = z.looseObject({
  model: z.looseObject({
    type: z.string().nullish(),
    vocab: z.unknown(),
    merges: z.unknown(),
    unk_token: z.string().nullish(),
    byte_fallback: z.boolean().nullish(),
    ignore_merges: z.boolean().nullish(),
    continuing_subword_prefix: z.string().nullish(),
    end_of_word_suffix: z.string().nullish(),
  }),
  added_tokens: z.array(AddedToken).nullish(),
  normalizer: Step.nullish(),
  pre_tokenizer: Step.nullish(),
  post_processor: Step.nullish(),
  decoder: Step.nullish(),
})

const TokenContent = z
  .union([z.string(), z.looseObject({ content: z.string() }).transform(({ content }) => content)])
  .nullish()
const TokenizerConfig = z.looseObject({
  bos_token: TokenContent,
  eos_token: TokenContent,
  pad_token: TokenContent,
  add_bos_token: z.boolean().nullish(),
  add_eos_token: z.boolean().nullish(),
  chat_template: z
    .union([z.string(), z.array(z.looseObject({ name: z.string(), template: z.string() }))])
    .nullish(),
})
export type TokenizerConfig = z.infer<typeof TokenizerConfig>

/** tokenizer.json of a BPE model, with what stands beside it, flattened for export. */
export interface TokenizerFiles {
  /** Ids by the model's own texts: neither added tokens nor padding. */
  vocab: ReadonlyMap<string, number>
  /** Pairs in the order of their ranks. */
  merges: readonly (readonly [string, string])[]
  added: readonly AddedToken[]
  unknownToken: string | undefined
  byteFallback: boolean
  ignoreMerges: boolean
  normalizers: readonly Step[]
  preTokenizers: readonly Step[]
  decoders: readonly Step[]
  postProcessors: readonly Step[]
  config: TokenizerConfig
  chatTemplate: string | undefined
}

export const cannotExport = (dir: string, what: string): AppError =>
  new AppError(
    'MODEL_UNSUPPORTED',
    `${join(dir, 'tokenizer.json')}: llama.cpp cannot tokenize as this model does: ${what}. Export a Hugging Face ` +
      'folder instead.',
    { dir, what },
  )

/** Throws FILE_NOT_FOUND, MODEL_BROKEN, or MODEL_UNSUPPORTED for what is no BPE. */
export async function readTokenizerFiles(dir: string): Promise<TokenizerFiles> {
  const path = join(dir, 'tokenizer.json')
  const json = await readJsonIfThere(path)
  if (json === undefined)
    throw new AppError('FILE_NOT_FOUND', `expected tokenizer.json in ${dir}; found none.`, { dir })
  const { model, added_tokens, normalizer, pre_tokenizer, decoder, post_processor } = parse(
    TokenizerJson,
    json,
    path,
  )
  const isBpe = model.type === 'BPE' || (model.type == null && Array.isArray(model.merges))
  if (!isBpe) {
    const kind = model.type ?? 'of no stated type'
    throw cannotExport(dir, `its model is ${kind}; for this architecture llama.cpp takes BPE alone`)
  }
  if (model.continuing_subword_prefix || model.end_of_word_suffix)
    throw cannotExport(
      dir,
      'its BPE marks the parts of words (continuing_subword_prefix, end_of_word_suffix)',
    )
  const configPath = join(dir, 'tokenizer_config.json')
  const config = parse(TokenizerConfig, (await readJsonIfThere(configPath)) ?? {}, configPath)
  return {
    vocab: readVocab(model.vocab, path),
    merges: readMerges(model.merges, path),
    added: added_tokens ?? [],
    unknownToken: model.unk_token ?? undefined,
    byteFallback: model.byte_fallback ?? false,
    ignoreMerges: model.ignore_merges ?? false,
    normalizers: flatten(normalizer, 'normalizers', path),
    preTokenizers: flatten(pre_tokenizer, 'pretokenizers', path),
    decoders: flatten(decoder, 'decoders', path),
    postProcessors: flatten(post_processor, 'processors', path),
    config,
    chatTemplate: (await readTextIfThere(join(dir, 'chat_template.jinja'))) ?? templateOf(config),
  }
}

function parse<T>(schema: z.ZodType<T>, json: unknown, path: string): T {
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw broken(path, `"${issue?.path.join('.') ?? ''}": ${issue?.message ?? 'not understood'}`)
}

const broken = (path: string, what: string): AppError =>
  new AppError('MODEL_BROKEN', `${path}: ${what}. Save the tokenizer again.`, { path })

function templateOf({ chat_template: stated }: TokenizerConfig): string | undefined {
  if (stated == null || typeof stated === 'string') return stated ?? undefined
  return (stated.find(({ name }) => name === 'default') ?? stated[0])?.template
}

/** Steps of a Sequence in order; a step alone is a sequence of one. */
function flatten(step: Step | null | undefined, member: string, path: string): Step[] {
  if (step == null) return []
  if (step.type !== 'Sequence') return [step]
  const inner = parse(z.array(Step), step[member], path)
  return inner.flatMap((one) => flatten(one, member, path))
}

// By hand: a schema over half a million entries would take a second.
function readVocab(vocab: unknown, path: string): Map<string, number> {
  if (typeof vocab !== 'object' || vocab === null || Array.isArray(vocab))
    throw broken(path, 'expected "model.vocab" to map texts to ids')
  const ids = new Map<string, number>()
  for (const [token, id] of Object.entries(vocab)) {
    if (!Number.isInteger(id) || id < 0)
      throw broken(path, `token ${JSON.stringify(token)} has the id ${String(id)}`)
    ids.set(token, id as number)
  }
  return ids
}

function readMerges(merges: unknown, path: string): [string, string][] {
  if (merges == null) return []
  if (!Array.isArray(merges)) throw broken(path, 'expected "model.merges" to be a list')
  return merges.map((merge: unknown, rank): [string, string] => {
    // One text with a space in it (tokenizers before 0.20), or a pair.
    const parts = typeof merge === 'string' ? merge.split(' ') : merge
    if (Array.isArray(parts) && parts.length === 2 && parts.every((part) => typeof part === 'string'))
      return [parts[0] as string, parts[1] as string]
    throw broken(path, `merge ${rank} is ${JSON.stringify(merge)}; expected a pair`)
  })
}
