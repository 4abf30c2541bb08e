import { existsSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import type { FolderEntry, FolderListing } from '../../contract/app/host.ts'
import { AppError } from '../../contract/errors.ts'
import { nameWords } from '../../strings/names.ts'

const mostEntries = 1000

/**
 * A folder for the page's own browser. Names that begin with a dot are left out unless `hidden`; what cannot be read is
 * listed without figures. Throws BAD_INPUT (no absolute path), FILE_NOT_FOUND, FILE_UNREADABLE.
 */
export async function listFolder(
  { path, hidden }: { path: string | null; hidden: boolean },
  projectsDir: string,
): Promise<FolderListing> {
  const dir = resolve(path ?? homedir())
  if (path !== null && !isAbsolute(path)) {
    throw new AppError('BAD_INPUT', `Expected a whole path such as ${homedir()}, found "${path}".`, { path })
  }
  const found = await readNames(dir)
  const names = found.filter((name) => hidden || !name.startsWith('.'))
  names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true, sensitivity: 'base' }))
  const shown = names.slice(0, mostEntries)
  const entries = await Promise.all(shown.map((name) => describeEntry(join(dir, name), name)))
  const isFile = (entry: FolderEntry): boolean => entry.kind === 'file'
  return {
    path: dir,
    parent: dirname(dir) === dir ? null : dirname(dir),
    places: places(projectsDir),
    isModel: holdsModel(found),
    entries: [...entries.filter((entry) => !isFile(entry)), ...entries.filter(isFile)],
    leftOut: names.length - shown.length,
  }
}

async function readNames(dir: string): Promise<string[]> {
  try {
    return await readdir(dir)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT')
      throw new AppError(
        'FILE_NOT_FOUND',
        `There is no folder ${dir}. It may have been moved, or its disk is not connected.`,
        { path: dir },
      )
    if (code === 'ENOTDIR')
      throw new AppError('BAD_INPUT', `${dir} is a file. Open the folder that it is in.`, { path: dir })
    if (code === 'EACCES' || code === 'EPERM')
      throw new AppError(
        'FILE_UNREADABLE',
        `You have no right to read ${dir}. Choose another folder, or ask whoever manages this machine.`,
        { path: dir },
      )
    throw new AppError(
      'FILE_UNREADABLE',
      `${dir} cannot be read (${code}). If it is on a network or removable disk, check the connection.`,
      { path: dir, code },
    )
  }
}

async function describeEntry(path: string, name: string): Promise<FolderEntry> {
  try {
    const found = await stat(path)
    const modifiedAt = found.mtimeMs
    if (!found.isDirectory()) return { name, path, kind: 'file', bytes: found.size, modifiedAt }
    const inside = await readdir(path).catch((error: unknown) => {
      if (codeOf(error) !== '') return [] // not ours to read: a plain folder until it is opened
      throw error
    })
    return { name, path, kind: holdsModel(inside) ? 'model' : 'folder', bytes: null, modifiedAt }
  } catch (error) {
    if (codeOf(error) === '') throw error
    return { name, path, kind: 'file', bytes: null, modifiedAt: null } // a link to nowhere, or gone since
  }
}

/** By names alone: what is inside is the engine's to judge. */
const holdsModel = (names: readonly string[]): boolean =>
  (names.includes('config.json') || names.includes('adapter_config.json')) &&
  names.some((name) => name.endsWith('.safetensors') || name.endsWith('.safetensors.index.json'))

function places(projectsDir: string): FolderListing['places'] {
  const disks =
    process.platform === 'win32'
      ? [...'CDEFGHIJKLMNOPQRSTUVWXYZ'].map((letter) => `${letter}:\\`).filter((disk) => existsSync(disk))
      : ['/']
  const known = [
    { label: nameWords.places.home, path: homedir() },
    { label: nameWords.places.projects, path: projectsDir },
    ...['/mnt', '/media', '/data', '/models', '/Volumes'].map((path) => ({ label: path, path })),
  ]
  return [
    ...known.filter(({ path }) => existsSync(path)),
    ...disks.map((path) => ({ label: path === '/' ? nameWords.places.machine : path, path })),
  ]
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
