import { readdir, stat } from 'node:fs/promises'
import { basename, extname, join, relative, resolve, sep } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import { fileError } from './atomic-file.ts'

export type SourceKind = 'parquet' | 'json' | 'jsonl' | 'csv'
export type Split = 'train' | 'test'

export interface SourceFile {
  path: string
  kind: SourceKind
  bytes: number
  mtimeMs: number
  /** The split that the source itself gives this file; null where the rows are to be divided by hash. */
  split: Split | null
}

const kinds: Readonly<Record<string, SourceKind>> = {
  '.parquet': 'parquet',
  '.json': 'json',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.csv': 'csv',
}

/** Files that dataset tools put beside the data and that hold no rows. */
const notData = new Set([
  'dataset_info.json',
  'dataset_infos.json',
  'dataset_dict.json',
  'state.json',
  'config.json',
  'manifest.json',
  'project.json',
  'import.json',
  'dropped.jsonl',
  'package.json',
  'package-lock.json',
])

const maxFolderDepth = 12

/**
 * Every data file under the sources, in the order of the sources and by name inside a folder.
 * A folder (or the loose files together) that has both train and test files keeps its own split.
 * `outDir` and the files of `outNames` in it are left out, so that a second import does not read the first one's result.
 */
export async function listSourceFiles(
  sources: readonly string[],
  outDir: string,
  outNames: readonly string[],
): Promise<SourceFile[]> {
  const own = new Set(outNames.map((name) => join(resolve(outDir), name)))
  const loose: SourceFile[] = []
  const files: SourceFile[] = []
  for (const source of sources.map((s) => resolve(s))) {
    const info = await statOf(source)
    if (info.isDirectory()) {
      const paths = await walk(source, resolve(outDir), 0)
      const found: SourceFile[] = []
      for (const path of paths.filter((p) => !own.has(p)))
        found.push(await fileAt(path, relative(source, path)))
      keepSplitIfWhole(found)
      files.push(...found)
    } else {
      const file = await fileAt(source, basename(source))
      loose.push(file)
      files.push(file)
    }
  }
  keepSplitIfWhole(loose)
  const unique = [...new Map(files.map((f) => [f.path, f])).values()]
  if (unique.length === 0) {
    throw new AppError(
      'DATASET_EMPTY',
      `Expected .parquet, .json, .jsonl or .csv files in ${sources.join(', ')}, found none. Choose the folder that holds the data.`,
      { sources: [...sources] },
    )
  }
  return unique
}

async function walk(folder: string, outDir: string, depth: number): Promise<string[]> {
  if (depth > maxFolderDepth) return []
  const entries = await readdir(folder).catch((error: unknown) => {
    throw fileError(error, folder, 'read')
  })
  const paths: string[] = []
  for (const name of entries.sort()) {
    if (name.startsWith('.') || notData.has(name) || name === 'node_modules') continue
    const path = join(folder, name)
    const info = await statOf(path)
    if (info.isDirectory()) {
      if (path !== outDir) paths.push(...(await walk(path, outDir, depth + 1)))
    } else if (kinds[extname(name).toLowerCase()] !== undefined) {
      paths.push(path)
    }
  }
  return paths
}

async function fileAt(path: string, name: string): Promise<SourceFile> {
  const kind = kinds[extname(path).toLowerCase()]
  if (kind === undefined) {
    throw new AppError(
      'BAD_INPUT',
      `Expected a .parquet, .json, .jsonl or .csv file, found ${path}. Convert it or choose another file.`,
      { path },
    )
  }
  const info = await statOf(path)
  return { path, kind, bytes: info.size, mtimeMs: info.mtimeMs, split: splitNamed(name) }
}

async function statOf(path: string) {
  return await stat(path).catch((error: unknown) => {
    throw fileError(error, path, 'read')
  })
}

/** `train_sft-00000-of-00001.parquet`, `data/test/0000.parquet`: the word closest to the file's name decides. */
function splitNamed(name: string): Split | null {
  for (const part of name.split(sep).reverse()) {
    const words = part.toLowerCase().split(/[^a-z]+/)
    if (words.some((w) => w === 'test' || w === 'validation' || w === 'valid' || w === 'val' || w === 'eval'))
      return 'test'
    if (words.some((w) => w === 'train' || w === 'training')) return 'train'
  }
  return null
}

function keepSplitIfWhole(files: SourceFile[]): void {
  const whole = files.some((f) => f.split === 'train') && files.some((f) => f.split === 'test')
  for (const file of files) file.split = whole ? (file.split ?? 'train') : null
}
