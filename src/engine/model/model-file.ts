import { constants, fstatSync, openSync, closeSync, type Stats } from 'node:fs'
import { lstat, readFile, realpath, stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import { jsonFault } from './strict-json.ts'

/**
 * Files of a model folder are a stranger's. A link among them is followed where its real path stays inside the folder, or
 * where the folder is a Hugging Face cache's `…/snapshots/<revision>` and the real path lies in the `…/blobs` beside it;
 * never elsewhere. What is not a plain file is not opened: reading a pipe would wait forever.
 */

const jsonBytes = 16 * 2 ** 20
/** Largest text file that is read whole. Gemma's tokenizer.json, the largest in use, has 33 MB. */
const textBytes = 256 * 2 ** 20
/** An index's own limit is that of a safetensors header. */
const limits: Record<string, number> = {
  'config.json': jsonBytes,
  'generation_config.json': jsonBytes,
  'model.safetensors.index.json': 100_000_000,
}

/** Names that some part of the product may read when it opens a model. */
const readNames = /\.(json|jinja|model|txt|safetensors)$/

/**
 * Checks every file of the folder that might be read. Throws FILE_UNREADABLE for what is not a plain file or too large to
 * be what its name says, FILE_NOT_FOUND for a link to nothing, MODEL_BROKEN for a link that leaves the folder.
 */
export async function checkModelFiles(root: string, names: Iterable<string>): Promise<void> {
  for (const name of names) {
    if (!readNames.test(name)) continue
    const path = await modelFile(root, name)
    if (name.endsWith('.safetensors')) continue
    const { size } = await stat(path)
    const limit = limits[name] ?? textBytes
    if (size > limit) {
      throw new AppError(
        'FILE_UNREADABLE',
        `${join(root, name)} has ${size} bytes; expected at most ${limit} of a file of this name. Download it again.`,
        { path: join(root, name), bytes: size },
      )
    }
  }
}

/** The real path of a file in a model folder. Throws as checkModelFiles does. */
export async function modelFile(root: string, name: string): Promise<string> {
  const path = join(root, name)
  const real = await resolveLink(path)
  const kind = await stat(real)
  if (!kind.isFile()) throw notAFile(path, kind)
  if (!(await lstat(path)).isSymbolicLink()) return real
  const folder = await realpath(root)
  const blobs = join(dirname(dirname(folder)), 'blobs')
  const inCache = basename(dirname(folder)) === 'snapshots' && isInside(real, blobs)
  if (isInside(real, folder) || inCache) return real
  throw new AppError(
    'MODEL_BROKEN',
    `${path} is a link to ${real}, outside its model folder. Expected files of the folder itself, or a Hugging Face ` +
      "cache's snapshot with links into its own blobs. Put a copy of the file in place of the link.",
    { path, target: real },
  )
}

async function resolveLink(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    if (code !== 'ENOENT' && code !== 'ELOOP') throw unreadable(path, cause)
    const isLink = await lstat(path).then(
      () => true,
      () => false,
    )
    throw new AppError(
      'FILE_NOT_FOUND',
      isLink
        ? `${path} is a link to nothing. Download it again.`
        : `expected a file at ${path}; found none. Download it again.`,
      { path },
      { cause },
    )
  }
}

/** Whether an absolute path lies below a folder, both without links. */
export function isInside(path: string, folder: string): boolean {
  const rest = relative(folder, path)
  return rest !== '' && rest !== '..' && !rest.startsWith(`..${sep}`) && !isAbsolute(rest)
}

const unreadable = (path: string, cause: unknown): AppError =>
  new AppError('FILE_UNREADABLE', `cannot open ${path}: ${String(cause)}`, { path }, { cause })

function notAFile(path: string, found: Stats): AppError {
  const kind = found.isDirectory()
    ? 'a folder'
    : found.isFIFO()
      ? 'a named pipe'
      : found.isSocket()
        ? 'a socket'
        : 'a device'
  return new AppError('FILE_UNREADABLE', `expected a plain file at ${path}; found ${kind}.`, { path })
}

/** Opens a plain file for reading, without ever waiting for a pipe's writer. The caller closes it. */
export function openPlainFile(path: string): { file: number; stats: Stats } {
  let file: number
  try {
    // Windows has no such flag and no named pipes among files.
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw unreadable(path, cause)
    throw new AppError('FILE_NOT_FOUND', `expected a file at ${path}; found none`, { path }, { cause })
  }
  const stats = fstatSync(file)
  if (stats.isFile()) return { file, stats }
  closeSync(file)
  throw notAFile(path, stats)
}

/** A JSON file of the folder that holds an object; undefined where there is none. Throws FILE_UNREADABLE. */
export async function readModelJson(
  root: string,
  name: string,
): Promise<Record<string, unknown> | undefined> {
  const path = join(root, name)
  let bytes: Uint8Array
  try {
    bytes = await readFile(path)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw unreadable(path, cause)
  }
  return parseJsonObject(bytes, path)
}

export function parseJsonObject(bytes: Uint8Array, path: string): Record<string, unknown> {
  const refuse = (what: string, cause?: unknown): AppError =>
    new AppError('FILE_UNREADABLE', `${path}: ${what}. Download or copy it again.`, { path }, { cause })
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    if (text.startsWith('version https://git-lfs'))
      throw refuse('it is a Git LFS pointer, not the file (run "git lfs pull" where it came from)')
    const fault = jsonFault(text)
    if (fault) throw refuse(fault.what)
    const json: unknown = JSON.parse(text)
    if (typeof json === 'object' && json !== null && !Array.isArray(json))
      return json as Record<string, unknown>
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw refuse(`it is not JSON (${cause instanceof Error ? cause.message : String(cause)})`, cause)
  }
  throw refuse('expected an object')
}
