import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import { loadChatTemplate } from '../text/chat-template.ts'
import { endOfTurnId } from '../text/end-of-turn.ts'
import { readJsonIfThere } from '../text/read-json.ts'
import { loadTokenizer, type TextTokenizer } from '../text/tokenizer.ts'
import { type GenerationDefaults, parseGenerationConfig } from './generation-config.ts'
import { parseModelConfig } from './families/index.ts'
import type { ModelConfig } from './model-config.ts'
import { expectedWeights } from './weight-names.ts'
import { openSafetensors, type WeightFile } from './safetensors.ts'

/** A Hugging Face checkpoint folder whose files have been checked against each other. */
export interface ModelFolder {
  dir: string
  config: ModelConfig
  /** All tokens that end an answer, without repeats: generation config's, config's, the tokenizer's, the template's. */
  eosIds: number[]
  generation: GenerationDefaults
  /** Its path is the real one: ONNX Runtime refuses external data behind a link that leaves the folder. */
  weights: WeightFile
  /** What a person should know before using it. */
  warnings: string[]
  /** Of model.safetensors, hex. Hashed once per version of the file. */
  sha256(): Promise<string>
}

/** Throws FILE_NOT_FOUND, FILE_UNREADABLE, MODEL_UNSUPPORTED or MODEL_BROKEN, naming the file and the value. */
export async function openModelFolder(dir: string): Promise<ModelFolder> {
  const root = resolve(dir)
  const names = new Set(await listFolder(root))
  const configJson = await readJsonIfThere(join(root, 'config.json'))
  if (configJson === undefined) throw notAModel(root, names)
  const config = parseModelConfig(configJson)
  const weights = openSafetensors(await findWeights(root, names))
  checkWeights(config, weights)
  const generation = parseGenerationConfig(await readJsonIfThere(join(root, 'generation_config.json')))
  const tokenizer = await loadTokenizer(root)
  if (tokenizer.vocabSize > config.vocab) {
    throw new AppError(
      'MODEL_BROKEN',
      `the tokenizer of ${root} has token ids up to ${tokenizer.vocabSize - 1}; config.json's vocab_size is ` +
        `${config.vocab}. Their files are of different models.`,
      { dir: root, tokenizer: tokenizer.vocabSize, vocab: config.vocab },
    )
  }
  const warnings = generation.ignored.map((setting) => `generation_config.json's ${setting} is not applied.`)
  const eosIds = await collectEosIds(root, config, generation, tokenizer, warnings)
  return { dir: root, config, eosIds, generation, weights, warnings, sha256: () => fileSha256(weights.path) }
}

async function listFolder(root: string): Promise<string[]> {
  try {
    return await readdir(root)
  } catch (cause) {
    throw new AppError(
      'FILE_NOT_FOUND',
      `expected a Hugging Face model folder at ${root}; ${String(cause)}`,
      { dir: root },
      { cause },
    )
  }
}

function notAModel(root: string, names: ReadonlySet<string>): AppError {
  if (names.has('adapter_config.json')) {
    return new AppError(
      'MODEL_UNSUPPORTED',
      `${root} holds a LoRA adapter (adapter_config.json), not a whole model; this version reads whole models. ` +
        'Merge the adapter into its base model first.',
      { dir: root },
    )
  }
  return new AppError(
    'FILE_NOT_FOUND',
    `expected config.json in ${root}; found none. Choose a Hugging Face model folder.`,
    {
      dir: root,
    },
  )
}

async function findWeights(root: string, names: ReadonlySet<string>): Promise<string> {
  if (names.has('model.safetensors')) {
    const path = join(root, 'model.safetensors')
    try {
      return await realpath(path)
    } catch (cause) {
      throw new AppError(
        'FILE_NOT_FOUND',
        `${path} is a link to nothing. Download it again.`,
        { path },
        { cause },
      )
    }
  }
  const shards = [...names].filter((name) => /^model-\d+-of-\d+\.safetensors$/.test(name)).length
  if (shards > 0 || names.has('model.safetensors.index.json')) {
    throw new AppError(
      'MODEL_UNSUPPORTED',
      `${root} holds a sharded checkpoint (model.safetensors.index.json, ${shards} shards); this version reads one ` +
        'model.safetensors. Save it again with max_shard_size above its size.',
      { dir: root, shards },
    )
  }
  const other = [...names].find((name) => /\.(bin|pt|pth|gguf|h5|msgpack)$/.test(name))
  throw new AppError(
    other === undefined ? 'FILE_NOT_FOUND' : 'MODEL_UNSUPPORTED',
    `expected model.safetensors in ${root}; found ${other ?? 'no weights'}. Save the model as safetensors.`,
    { dir: root, found: other ?? null },
  )
}

function checkWeights(config: ModelConfig, weights: WeightFile): void {
  const broken = (message: string, tensor: string): AppError =>
    new AppError('MODEL_BROKEN', `${weights.path}: ${message}`, { path: weights.path, tensor })
  const expected = expectedWeights(config)
  const missing = [...expected.keys()].filter((name) => !weights.tensors.has(name))
  const firstMissing = missing[0]
  if (firstMissing !== undefined) {
    const hint =
      firstMissing === 'lm_head.weight'
        ? ' config.json says that the head is not tied to the embeddings.'
        : ''
    throw broken(
      `${missing.length} of ${expected.size} tensors that config.json asks for are missing: ` +
        `${missing.slice(0, 3).join(', ')}${missing.length > 3 ? ', …' : ''}.${hint}`,
      firstMissing,
    )
  }
  // Transformers ignores a stored head of a tied model; so is it here, if it is one.
  const tolerated = new Map(expected).set('lm_head.weight', [config.vocab, config.hidden])
  for (const [name, { shape }] of weights.tensors) {
    const wanted = tolerated.get(name)
    if (wanted === undefined) {
      if (name.endsWith('.rotary_emb.inv_freq')) continue
      throw new AppError(
        'MODEL_UNSUPPORTED',
        `${weights.path} holds "${name}", which a Llama with this config.json has no use for; this version would ` +
          'compute something else than the model did.',
        { path: weights.path, tensor: name },
      )
    }
    if (wanted.length !== shape.length || wanted.some((side, i) => side !== shape[i])) {
      throw broken(`"${name}" is [${shape.join(', ')}]; config.json asks for [${wanted.join(', ')}].`, name)
    }
  }
}

async function collectEosIds(
  root: string,
  config: ModelConfig,
  generation: GenerationDefaults,
  tokenizer: TextTokenizer,
  warnings: string[],
): Promise<number[]> {
  const ids = new Set([...generation.eosTokenIds, ...config.eosTokenIds])
  const own = tokenizer.eosToken === undefined ? undefined : tokenizer.tokenId(tokenizer.eosToken)
  if (own !== undefined) ids.add(own)
  try {
    const template = await loadChatTemplate(root, tokenizer)
    if (template.warning !== undefined) warnings.push(template.warning)
    const endOfTurn = endOfTurnId(template, tokenizer)
    if (endOfTurn !== undefined) ids.add(endOfTurn)
  } catch (error) {
    // The official prompt format needs no template, so a broken one does not close the folder.
    if (!(error instanceof AppError)) throw error
    warnings.push(`Only the official prompt format can be used: ${error.message}`)
  }
  for (const id of ids) {
    if (id >= config.vocab) {
      throw new AppError(
        'MODEL_BROKEN',
        `EOS token id ${id} of ${root} is outside the vocabulary of ${config.vocab}.`,
        { id },
      )
    }
  }
  if (ids.size === 0) {
    throw new AppError(
      'MODEL_BROKEN',
      `${root} names no EOS token, so its answers would never end. Add eos_token_id to generation_config.json.`,
      { dir: root },
    )
  }
  return [...ids]
}

const hashes = new Map<string, { version: string; sha256: string }>()

export async function fileSha256(path: string): Promise<string> {
  const { size, mtimeMs, ino } = await stat(path)
  const version = `${size}:${mtimeMs}:${ino}`
  const known = hashes.get(path)
  if (known?.version === version) return known.sha256
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 22 })) hash.update(chunk as Buffer)
  const sha256 = hash.digest('hex')
  hashes.set(path, { version, sha256 })
  return sha256
}
