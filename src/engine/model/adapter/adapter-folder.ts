import { createHash } from 'node:crypto'
import { mkdir, rm, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../../contract/errors.ts'
import { AdapterSettings } from '../../../contract/settings.ts'
import type { ModelConfig } from '../model-config.ts'
import { isInside, modelFile, readModelJson } from '../model-file.ts'
import type { ModelFolder } from '../model-folder.ts'
import { moveIntoPlace, refuseForeignFolder } from '../replace-folder.ts'
import { copyTextFiles } from '../text-files.ts'
import { syncFolder, writeDurable } from '../../files/durable-file.ts'
import { openSafetensors, type Weight, type WeightFile } from '../safetensors.ts'
import { writeSafetensors } from '../write-safetensors.ts'
import { weightFilesSha256 } from '../weights-sha256.ts'
import { layerLinears } from '../weight-names.ts'
import { type Adapter, adapterScale, adapterTensors } from './adapter.ts'
import {
  type AdapterConfig,
  adapterConfigName,
  adapterConfigText,
  adapterWeightsName,
  parseAdapterConfig,
} from './adapter-config.ts'

/** A PEFT adapter folder rather than a whole model: the adapter's files, and no weights of a model. */
export function isAdapterFolder(names: ReadonlySet<string>): boolean {
  return (
    (names.has(adapterConfigName) || names.has(adapterWeightsName)) &&
    !names.has('model.safetensors') &&
    !names.has('model.safetensors.index.json')
  )
}

/** Throws FILE_NOT_FOUND, FILE_UNREADABLE, MODEL_UNSUPPORTED or MODEL_BROKEN. */
export async function readAdapterConfig(root: string, names: ReadonlySet<string>): Promise<AdapterConfig> {
  const json = await readModelJson(root, adapterConfigName)
  if (json === undefined) {
    throw new AppError(
      'FILE_NOT_FOUND',
      `${root} holds ${adapterWeightsName} without its ${adapterConfigName}. Copy that too.`,
      { dir: root },
    )
  }
  const config = parseAdapterConfig(json, join(root, adapterConfigName))
  if (names.has(adapterWeightsName)) return config
  const pickle = names.has('adapter_model.bin')
  throw new AppError(
    pickle ? 'MODEL_UNSUPPORTED' : 'FILE_NOT_FOUND',
    `expected ${adapterWeightsName} in ${root}; found ${pickle ? 'adapter_model.bin. Opening a pickle would run whatever code it holds: save the adapter as safetensors with PEFT (save_pretrained)' : 'none. Copy it too'}.`,
    { dir: root },
  )
}

/**
 * The folder of the base model. A path relative to the adapter folder is taken where it stays inside the folder around it.
 * Throws FILE_NOT_FOUND or MODEL_BROKEN, saying what to change.
 */
export async function adapterBaseDir(root: string, { base }: AdapterConfig): Promise<string> {
  const path = join(root, adapterConfigName)
  const fix = `Set "base_model_name_or_path" in ${path} to the folder of the base model`
  const dir = isAbsolute(base) ? base : resolve(root, base)
  const isFolder = await stat(dir).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (!isFolder) {
    const isHubName = /^[\w.-]+(\/[\w.-]+)?$/.test(base) && !base.startsWith('.')
    throw new AppError(
      'FILE_NOT_FOUND',
      isHubName
        ? `the adapter in ${root} was trained on "${base}", the name of a model on a hub; this program downloads nothing. ` +
            `Download that model. ${fix}.`
        : `the adapter in ${root} needs its base model at ${dir}; found no folder there. ${fix} (it was moved or deleted).`,
      { dir: root, base },
    )
  }
  if (!isAbsolute(base) && !isInside(dir, dirname(root)) && dir !== dirname(root)) {
    throw new AppError(
      'MODEL_BROKEN',
      `${path} names its base as "${base}", outside ${dirname(root)}. ${fix}, as an absolute path.`,
      { dir: root, base },
    )
  }
  if (resolve(dir) === resolve(root))
    throw new AppError('MODEL_BROKEN', `${path} names its own folder as the base. ${fix}.`, {
      dir: root,
      base,
    })
  return dir
}

/** Our own note in the file's metadata, which PEFT leaves alone. */
const Metadata = z.object({ base_weights: AdapterSettings.shape.baseWeights.catch('f32') })

/** Reads A and B of every layer. Throws MODEL_BROKEN or MODEL_UNSUPPORTED where they do not fit the base. */
export async function openAdapter(
  root: string,
  { rank, alpha, dropout, rsLora }: AdapterConfig,
  config: ModelConfig,
): Promise<Adapter> {
  const path = await modelFile(root, adapterWeightsName)
  const file = openSafetensors(path)
  const modules = adaptedModules(file, config)
  const expected = adapterTensors(config, { modules, rank })
  const tensors = new Map<string, Weight>()
  for (const [name, shape] of expected) {
    const found = file.tensors.get(name)
    if (!found) {
      throw new AppError(
        'MODEL_BROKEN',
        `${path} lacks "${name}": expected an A and a B for the same matrices of all ${config.layers} layers. ` +
          'It belongs to another base model, or to some layers only.',
        { path, tensor: name },
      )
    }
    if (found.shape.join() !== shape.join()) {
      throw new AppError(
        'MODEL_BROKEN',
        `${path}: "${name}" is [${found.shape.join(', ')}]; a rank-${rank} adapter of the base model asks for ` +
          `[${shape.join(', ')}]. The adapter was trained on another model.`,
        { path, tensor: name },
      )
    }
    tensors.set(name, { shape, data: file.read(name) })
  }
  const { base_weights: baseWeights } = Metadata.parse({ base_weights: file.metadata['base_weights'] })
  return {
    rank,
    alpha,
    rsLora,
    scale: adapterScale(rank, alpha, rsLora),
    dropout,
    modules,
    baseWeights,
    tensors,
  }
}

/** Every tensor must belong to a matrix of a layer: an adapter on the embeddings or the head is not computed. */
function adaptedModules({ path, tensors }: WeightFile, config: ModelConfig): string[] {
  const linears = layerLinears(config).map(({ name }) => name)
  const found = new Set<string>()
  for (const name of tensors.keys()) {
    const [, layer, module] =
      /^base_model\.model\.model\.layers\.(\d+)\.(.+)\.lora_[AB]\.weight$/.exec(name) ?? []
    if (module !== undefined && linears.includes(module) && Number(layer) < config.layers) {
      found.add(module)
      continue
    }
    throw new AppError(
      'MODEL_UNSUPPORTED',
      `${path} holds "${name}". Expected LoRA tensors of the matrices in the ${config.layers} layers of the base model ` +
        `(${linears.join(', ')}): adapters on embeddings, on the head or of another model are not computed.`,
      { path, tensor: name },
    )
  }
  if (found.size === 0)
    throw new AppError('MODEL_BROKEN', `${path} holds no tensors. Copy it again.`, { path })
  return linears.filter((module) => found.has(module))
}

/** Identity of base and adapter together: whatever changes a log-prob is in it. Throws NOT_FINITE for NaN or infinity. */
export async function adapterSha256(baseSha256: string, root: string, adapter: Adapter): Promise<string> {
  const path = await modelFile(root, adapterWeightsName)
  const own = await weightFilesSha256([{ name: adapterWeightsName, path }])
  return createHash('sha256')
    .update(`base ${baseSha256}\nadapter ${own}\nscale ${adapter.scale}\nweights ${adapter.baseWeights}\n`)
    .digest('hex')
}

export interface WriteAdapterRequest {
  /** The model that the adapter was trained from: its base stays the base, its tokenizer and template are taken over. */
  from: ModelFolder
  adapter: Adapter
  outDir: string
}

/**
 * Writes a PEFT adapter folder under `outDir + '.partial'`, fsyncs it and renames it; what is there already is kept where
 * it is equal and else moved aside (see moveIntoPlace). Throws NOT_FINITE, FILE_EXISTS, DISK_FULL.
 */
export async function writeAdapterFolder({
  from,
  adapter,
  outDir: to,
}: WriteAdapterRequest): Promise<string> {
  const outDir = resolve(to)
  await refuseForeignFolder(outDir, from.dir)
  await refuseForeignFolder(outDir, from.baseDir)
  const partial = `${outDir}.partial`
  await rm(partial, { recursive: true, force: true })
  await mkdir(partial, { recursive: true })
  await copyTextFiles(from.textDir, partial)
  await writeDurable(join(partial, adapterConfigName), adapterConfigText(adapter, from.baseDir))
  await writeSafetensors(join(partial, adapterWeightsName), adapter.tensors, 'F32', {
    format: 'pt',
    base_weights: adapter.baseWeights,
  })
  await syncFolder(partial)
  await moveIntoPlace(partial, outDir)
  return outDir
}
