import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, extname, join, relative, sep } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import { fileError } from './atomic-file.ts'
import type { SourceFile, SourceKind } from './source-files.ts'

/** A dataset of the hub, and how its files may lie below a data folder. */
export interface DatasetPlace {
  /** "allenai/ai2_arc" */
  dataset: string
  /** The folder below the data folder that messages name. */
  folder: string
  /** The configuration that is read, and the others that may lie beside it. */
  config: string | null
  otherConfigs: readonly string[]
}

export interface DatasetFolder {
  path: string
  /** Every file of rows in it, by path. */
  files: readonly string[]
}

export interface DatasetFiles {
  files: SourceFile[]
  /** Whether the configuration's name is part of their paths; if not, they may hold the rows of others too. */
  ofConfig: boolean
}

/** From the best to the worst copy of the same rows. */
const kinds: readonly [string, SourceKind][] = [
  ['.parquet', 'parquet'],
  ['.jsonl', 'jsonl'],
  ['.ndjson', 'jsonl'],
  ['.json', 'json'],
  ['.csv', 'csv'],
]
/** What dataset tools put beside the rows. */
const notRows = /^(dataset_infos?|dataset_dict|state|README)\./i
const deepest = 6
/** `train-00000-of-00002`, `train/0001`: parts of one table. */
const shardNumber = /(^|[-_.])\d+(-of-\d+)?$/

/**
 * The folder of a dataset below `dataDir`: named as the repository, with or without its owner, or a hub cache's
 * `datasets--<owner>--<name>`. Null where there is none.
 */
export async function findDatasetFolder(dataDir: string, place: DatasetPlace): Promise<DatasetFolder | null> {
  const [owner = '', name = owner] = place.dataset.split('/')
  const names = [
    place.folder,
    name,
    join(owner, name),
    `${owner}__${name}`,
    `${owner}--${name}`,
    `${owner}_${name}`,
    `datasets--${owner}--${name}`,
  ]
  for (const candidate of names) {
    const path = join(dataDir, candidate)
    const info = await stat(path).catch(() => null)
    if (!info?.isDirectory()) continue
    const folder = await openDatasetFolder(path)
    if (folder.files.length > 0) return folder
  }
  return null
}

/** Throws FILE_NOT_FOUND, FILE_UNREADABLE. */
export async function openDatasetFolder(path: string): Promise<DatasetFolder> {
  return { path, files: await rowFiles(path) }
}

/**
 * The files of a split: shards of one table in their order, of the best format that is there. `words` name the split, the
 * preferred one first; the word in a file's name counts before one in its folder's. Empty where there are none.
 */
export async function splitFiles(
  folder: DatasetFolder,
  { config, otherConfigs }: Pick<DatasetPlace, 'config' | 'otherConfigs'>,
  words: readonly string[],
): Promise<DatasetFiles> {
  const all = folder.files.map((path) => ({ path, parts: partsOf(relative(folder.path, path)) }))
  const named = (name: string) => all.filter(({ parts }) => parts.some((part) => isOf(part, name)))
  const own = config === null ? [] : named(config)
  const others = new Set(own.length > 0 ? [] : otherConfigs.flatMap(named))
  const candidates = own.length > 0 ? own : all.filter((file) => !others.has(file))
  for (const word of words) {
    const ofWord = candidates.filter(({ parts }) => splitWord(parts) === word)
    for (const [extension] of kinds) {
      const files = ofWord.filter(({ path }) => extname(path).toLowerCase() === extension)
      if (files.length === 0) continue
      return {
        files: await Promise.all(files.map(({ path }) => rowsFile(path))),
        ofConfig: own.length > 0,
      }
    }
  }
  return { files: [], ofConfig: own.length > 0 }
}

/** Whether the files are parts of one table, not tables of their own. */
export function areShards(files: readonly SourceFile[]): boolean {
  const stem = ({ path }: SourceFile): string => basename(path, extname(path))
  const tables = new Set(files.map((file) => join(dirname(file.path), stem(file).replace(shardNumber, ''))))
  return files.length < 2 || (tables.size === 1 && files.every((file) => shardNumber.test(stem(file))))
}

async function rowFiles(folder: string, depth = 0): Promise<string[]> {
  const paths: string[] = []
  const names = await readdir(folder).catch((error: unknown) => {
    throw fileError(error, folder, 'read')
  })
  for (const name of names.sort()) {
    if (name.startsWith('.') || notRows.test(name)) continue
    const path = join(folder, name)
    const info = await stat(path).catch(() => null) // a dangling link holds no rows
    if (info?.isDirectory()) {
      if (depth < deepest) paths.push(...(await rowFiles(path, depth + 1)))
    } else if (info && kinds.some(([extension]) => name.toLowerCase().endsWith(extension))) paths.push(path)
  }
  return paths
}

/** Folders from the outermost, then the file's name without its ending. */
function partsOf(path: string): string[] {
  const parts = path.split(sep)
  parts.push(basename(parts.pop()!, extname(path)))
  return parts.map((part) => part.toLowerCase())
}

/** `winogrande_xl`, `winogrande_xl-train`, `anatomy_test`; not `winogrande_xl_debiased`. */
function isOf(part: string, config: string): boolean {
  const name = config.toLowerCase()
  return part === name || (part.startsWith(name) && splitWord([part.slice(name.length)]) !== null)
}

const splitNames = ['train', 'validation', 'valid', 'val', 'dev', 'test'] as const

/** The split that a path names; `auxiliary_train` is none of MMLU's. */
function splitWord(parts: readonly string[]): string | null {
  for (const part of [...parts].reverse()) {
    const words = part.split(/[^a-z]+/).filter((word) => word !== '' && word !== 'of')
    if (words.includes('auxiliary')) return 'auxiliary'
    const found =
      splitNames.find((name) => words[0] === name) ?? splitNames.find((name) => words.at(-1) === name)
    if (found !== undefined) return found
  }
  return null
}

/** A file of rows by its ending. Throws FILE_NOT_FOUND, and BAD_INPUT for another ending. */
export async function rowsFile(path: string): Promise<SourceFile> {
  const kind = kinds.find(([extension]) => extension === extname(path).toLowerCase())?.[1]
  if (kind === undefined) {
    throw new AppError(
      'BAD_INPUT',
      `Expected a .parquet, .jsonl, .json or .csv file, found ${path}. Convert it or name another.`,
      { path },
    )
  }
  const info = await stat(path).catch((error: unknown) => {
    throw fileError(error, path, 'read')
  })
  return { path, kind, bytes: info.size, mtimeMs: info.mtimeMs, split: null }
}
