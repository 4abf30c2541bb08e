import { basename, dirname, join, relative, sep } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../contract/errors.ts'
import { modelFile, readModelJson } from './model-file.ts'
import { openSafetensors, type WeightEntry, type WeightFile, type WeightSource } from './safetensors.ts'
import { modelNotes } from '../../strings/model-notes.ts'

export const weightsName = 'model.safetensors'
export const indexName = 'model.safetensors.index.json'

/** A file of weights: what the folder calls it, and where it really is. */
export interface NamedWeightFile {
  name: string
  path: string
}

export interface FolderWeights extends WeightSource {
  /** In the order of their names. */
  files: readonly NamedWeightFile[]
  warnings: readonly string[]
}

const Index = z.looseObject({ weight_map: z.record(z.string(), z.string()) })
const shardName = /^model-\d+-of-\d+\.safetensors$/

/**
 * The safetensors files of a model folder: model.safetensors, or else what model.safetensors.index.json names, as
 * transformers chooses. Throws FILE_NOT_FOUND, MODEL_UNSUPPORTED (other formats), FILE_UNREADABLE or MODEL_BROKEN.
 */
export async function weightFilesOf(root: string, names: ReadonlySet<string>): Promise<NamedWeightFile[]> {
  return (await findWeights(root, names)).files
}

interface FoundWeights {
  files: NamedWeightFile[]
  /** Tensor → file name, where there is an index. */
  map: ReadonlyMap<string, string> | null
}

async function findWeights(root: string, names: ReadonlySet<string>): Promise<FoundWeights> {
  const named = async (name: string): Promise<NamedWeightFile> => ({
    name,
    path: await modelFile(root, name),
  })
  if (names.has(weightsName)) return { files: [await named(weightsName)], map: null }
  if (!names.has(indexName)) throw noWeights(root, names)
  const map = await readIndex(root)
  const files: NamedWeightFile[] = []
  for (const name of [...new Set(map.values())].toSorted()) {
    if (!names.has(name)) {
      throw new AppError(
        'FILE_NOT_FOUND',
        `${join(root, indexName)} names ${name}, which is not in the folder. Download it too.`,
        { path: join(root, name), index: join(root, indexName) },
      )
    }
    files.push(await named(name))
  }
  return { files, map }
}

async function readIndex(root: string): Promise<Map<string, string>> {
  const path = join(root, indexName)
  const index = Index.safeParse(await readModelJson(root, indexName))
  const map = new Map(Object.entries(index.data?.weight_map ?? {}))
  if (map.size === 0) {
    throw new AppError(
      'FILE_UNREADABLE',
      `${path}: expected "weight_map" to map tensors to files. Download it again.`,
      { path },
    )
  }
  for (const [tensor, name] of map) {
    if (!/[/\\]/.test(name) && name.endsWith('.safetensors')) continue
    throw new AppError(
      'MODEL_BROKEN',
      `${path} says that "${tensor}" lies in ${JSON.stringify(name.slice(0, 200))}; expected the name of a ` +
        '.safetensors file in the same folder. Download the model again.',
      { path, tensor, name },
    )
  }
  return map
}

function noWeights(root: string, names: ReadonlySet<string>): AppError {
  const found = (pattern: RegExp): string | undefined => [...names].find((name) => pattern.test(name))
  const refuse = (name: string, what: string): AppError =>
    new AppError(
      'MODEL_UNSUPPORTED',
      `expected ${weightsName} or ${indexName} in ${root}; found ${name}. ${what}`,
      {
        dir: root,
        found: name,
      },
    )
  const shard = found(shardName)
  if (shard !== undefined) {
    return new AppError(
      'FILE_NOT_FOUND',
      `${root} holds ${shard}, a part of a sharded checkpoint, without its ${indexName}. Download that too.`,
      { dir: root, found: shard },
    )
  }
  const pickle = found(/^pytorch_model.*\.bin$|\.(bin|pt|pth)$/)
  if (pickle !== undefined) {
    return refuse(
      pickle,
      'Opening a pickle would run whatever code it holds. Save the model as safetensors once, with transformers: ' +
        'AutoModelForCausalLM.from_pretrained(…).save_pretrained(…), or choose a revision that has safetensors.',
    )
  }
  const gguf = found(/\.gguf$/)
  if (gguf !== undefined) {
    return refuse(
      gguf,
      'GGUF is written here and not read: it can be trained no further. Choose the Hugging Face folder it was made from.',
    )
  }
  const other = found(/\.(h5|msgpack|onnx|npz|safetensors)$/)
  if (other !== undefined)
    return refuse(other, 'Save the model as safetensors with transformers (save_pretrained).')
  return new AppError(
    'FILE_NOT_FOUND',
    `expected ${weightsName} in ${root}; found no weights. Choose a Hugging Face model folder.`,
    { dir: root },
  )
}

/** Opens all files of weights of a folder and holds them against its index. Reads headers alone. */
export async function openWeights(root: string, names: ReadonlySet<string>): Promise<FolderWeights> {
  const { files, map } = await findWeights(root, names)
  const opened = files.map(({ path }) => openSafetensors(path))
  const owner = new Map<string, WeightFile>()
  const tensors = new Map<string, WeightEntry>()
  files.forEach(({ name }, i) => {
    for (const [tensor, entry] of opened[i]!.tensors) {
      const other = owner.get(tensor)
      if (other) {
        const first = files[opened.indexOf(other)]!.name
        throw inconsistent(root, `"${tensor}" lies in ${first} and again in ${name}`, tensor)
      }
      owner.set(tensor, opened[i]!)
      tensors.set(tensor, entry)
    }
  })
  for (const [tensor, name] of map ?? []) {
    const file = owner.get(tensor)
    if (!file) throw inconsistent(root, `the index names "${tensor}", which ${name} lacks`, tensor)
    const found = files[opened.indexOf(file)]!.name
    if (found !== name)
      throw inconsistent(root, `"${tensor}" lies in ${found}; the index says ${name}`, tensor)
  }

  const unused = [...names].filter((name) => shardName.test(name) && !files.some((f) => f.name === name))
  const source = (tensor: string): WeightFile => {
    const file = owner.get(tensor)
    if (file) return file
    throw new AppError('MODEL_BROKEN', `${root} holds no tensor "${tensor}".`, { path: root, tensor })
  }
  return {
    tensors,
    files,
    paths: files.map(({ path }) => path),
    bytes: opened.reduce((sum, { bytes }) => sum + bytes, 0),
    warnings: unused.length === 0 ? [] : [modelNotes.unread(unused, root)],
    read: (tensor) => source(tensor).read(tensor),
    readSlice: (tensor, start, length) => source(tensor).readSlice(tensor, start, length),
  }
}

const inconsistent = (root: string, what: string, tensor: string): AppError =>
  new AppError(
    'MODEL_BROKEN',
    `the files of weights in ${root} contradict each other: ${what}. Download the model again.`,
    { path: root, tensor },
  )

/**
 * The one folder from which all paths can be named without "..", as ONNX Runtime wants external data, and each path's
 * name from there. Paths are real ones.
 */
export function commonFolder(paths: readonly string[]): { folder: string; nameOf(path: string): string } {
  let folder = dirname(paths[0]!)
  while (paths.some((path) => relative(folder, path).startsWith('..'))) folder = dirname(folder)
  return {
    folder,
    nameOf: (path) =>
      dirname(path) === folder ? basename(path) : relative(folder, path).split(sep).join('/'),
  }
}
