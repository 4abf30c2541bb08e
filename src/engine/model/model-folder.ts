import { readdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import { loadChatTemplate } from '../text/chat-template.ts'
import { endOfTurnId } from '../text/end-of-turn.ts'
import { loadTokenizer, type TextTokenizer } from '../text/tokenizer.ts'
import type { Adapter } from './adapter/adapter.ts'
import {
  adapterBaseDir,
  adapterSha256,
  isAdapterFolder,
  openAdapter,
  readAdapterConfig,
} from './adapter/adapter-folder.ts'
import { checkWeights } from './check-weights.ts'
import type { ParseOptions } from './families/family.ts'
import { parseModelConfig } from './families/index.ts'
import { type GenerationDefaults, parseGenerationConfig } from './generation-config.ts'
import type { ModelConfig } from './model-config.ts'
import { checkModelFiles, readModelJson } from './model-file.ts'
import { refuseConfig } from './refuse-config.ts'
import { type FolderWeights, openWeights } from './weight-source.ts'
import { weightFilesSha256 } from './weights-sha256.ts'
import { modelNotes } from '../../strings/model-notes.ts'

/** A Hugging Face checkpoint folder whose files have been checked against each other. */
export interface ModelFolder {
  dir: string
  /** Where config.json and the weights lie: `dir`, or the base of an adapter folder. */
  baseDir: string
  /** Where the tokenizer and its template lie: `dir`, unless an adapter folder has none of its own. */
  textDir: string
  /** What is trained on top of the weights; null for a whole model. */
  adapter: Adapter | null
  /** As config.json says, but for a tied head that the weights contradict (see check-weights). */
  config: ModelConfig
  /** `config` for a job of other lengths (see RopeContext); the weights are not looked at again. */
  configFor(contextLength: number): ModelConfig
  /** All tokens that end an answer, without repeats: generation config's, config's, the tokenizer's, the template's. */
  eosIds: number[]
  generation: GenerationDefaults
  /** Its paths are the real ones: ONNX Runtime refuses external data behind a link that leaves the folder. */
  weights: FolderWeights
  /** What a person should know before using it. */
  warnings: string[]
  /**
   * Of model.safetensors, or of all shards together (see weightFilesSha256), hex; with an adapter of both together (see
   * adapterSha256). Reads every number once per version of a file: throws NOT_FINITE, naming the tensor, for NaN or infinity.
   */
  sha256(): Promise<string>
}

/**
 * Reads and checks everything but the numbers; a PEFT adapter folder is its base with the adapter attached. Throws
 * FILE_NOT_FOUND, FILE_UNREADABLE, MODEL_UNSUPPORTED or MODEL_BROKEN, naming the file and the value.
 */
export async function openModelFolder(dir: string, options: ParseOptions = {}): Promise<ModelFolder> {
  const root = resolve(dir)
  const names = new Set(await listFolder(root))
  await checkModelFiles(root, names)
  if (isAdapterFolder(names)) return openAdapted(root, names, options)
  const configJson = await readModelJson(root, 'config.json')
  if (configJson === undefined) throw notAModel(root, names)
  refuseConfig(configJson)
  const stated = parseModelConfig(configJson, options)
  const opened = await openWeights(root, names)
  const { config, weights, warnings: ofWeights } = checkWeights(stated, opened, root)
  const generation = parseGenerationConfig(await readModelJson(root, 'generation_config.json'))
  const tokenizer = await fittingTokenizer(root, config)
  const warnings = [
    ...weights.warnings,
    ...ofWeights,
    ...generation.ignored.map((setting) => modelNotes.notApplied(setting)),
  ]
  const eosIds = await collectEosIds(root, config, generation, tokenizer, warnings)
  const { files } = weights
  return {
    dir: root,
    baseDir: root,
    textDir: root,
    adapter: null,
    config,
    configFor(contextLength) {
      const { layerKinds, kindOfLayer } = parseModelConfig(configJson, { contextLength })
      return { ...config, layerKinds, kindOfLayer }
    },
    eosIds,
    generation,
    weights,
    warnings,
    sha256: () => weightFilesSha256(files),
  }
}

async function openAdapted(
  root: string,
  names: ReadonlySet<string>,
  options: ParseOptions,
): Promise<ModelFolder> {
  const adapterConfig = await readAdapterConfig(root, names)
  const baseDir = await adapterBaseDir(root, adapterConfig)
  // Looked at before it is opened: two adapters may name each other.
  if (isAdapterFolder(new Set(await listFolder(baseDir)))) {
    throw new AppError(
      'MODEL_UNSUPPORTED',
      `the base of the adapter in ${root} is itself an adapter folder (${baseDir}); expected a whole model. Export that ` +
        'one first.',
      { dir: root, base: baseDir },
    )
  }
  const base = await openModelFolder(baseDir, options)
  const adapter = await openAdapter(root, adapterConfig, base.config)
  const adapted: ModelFolder = {
    ...base,
    dir: root,
    adapter,
    sha256: async () => adapterSha256(await base.sha256(), root, adapter),
  }
  if (!names.has('tokenizer.json')) return adapted
  const tokenizer = await fittingTokenizer(root, base.config)
  const warnings = [...base.warnings]
  const eosIds = await collectEosIds(root, base.config, base.generation, tokenizer, warnings)
  return { ...adapted, textDir: root, eosIds, warnings }
}

async function fittingTokenizer(root: string, { vocab }: ModelConfig): Promise<TextTokenizer> {
  const tokenizer = await loadTokenizer(root)
  if (tokenizer.vocabSize <= vocab) return tokenizer
  throw new AppError(
    'MODEL_BROKEN',
    `the tokenizer of ${root} has token ids up to ${tokenizer.vocabSize - 1}; config.json's vocab_size is ` +
      `${vocab}. Their files are of different models.`,
    { dir: root, tokenizer: tokenizer.vocabSize, vocab },
  )
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
  const gguf = [...names].find((name) => name.endsWith('.gguf'))
  if (gguf !== undefined) {
    return new AppError(
      'MODEL_UNSUPPORTED',
      `${root} holds ${gguf}; GGUF is written here and not read: it can be trained no further. Choose the Hugging Face ` +
        'folder it was made from.',
      { dir: root, found: gguf },
    )
  }
  const hint = names.has('snapshots')
    ? ' It is a repository of the Hugging Face cache: choose a folder in its snapshots.'
    : ' Choose a Hugging Face model folder.'
  return new AppError('FILE_NOT_FOUND', `expected config.json in ${root}; found none.${hint}`, { dir: root })
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
    warnings.push(modelNotes.officialFormatOnly(error.message))
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
