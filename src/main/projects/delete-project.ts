import { existsSync, lstatSync } from 'node:fs'
import { lstat, readdir, rm, rmdir } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import { fileError } from '../file-error.ts'
import { readProjectFile } from '../loop/project-file.ts'
import { projectLayout } from '../loop/project-layout.ts'
import { acquireProjectLock } from '../loop/project-lock.ts'
import type { ProjectRow } from '../store/project-queries.ts'
import type { Store } from '../store/store.ts'

/** What a run writes into its folder; what was replaced is kept beside it as `….set-aside-1`. */
const runFiles =
  /^(project\.json|project\.lock|app\.sqlite(-wal|-shm)?|base|sft|judging|iter-\d+)(\.set-aside-\d+)?$/
/** In `data`, which may have been there before with files of a person's own. */
const dataFiles = /^(train\.parquet|test\.parquet|dropped\.jsonl|import\.json)(\.set-aside-\d+)?$/

const mostProjects = 10_000

export interface DiskUse {
  bytes: number
  files: number
}

/** Bytes and files below a folder; links are counted as themselves and never followed. */
async function diskUse(path: string): Promise<DiskUse> {
  // A run that goes on meanwhile replaces checkpoints: what has gone since it was listed takes no space.
  const found = await unlessGone(lstat(path), null)
  if (!found) return { bytes: 0, files: 0 }
  if (!found.isDirectory()) return { bytes: found.size, files: 1 }
  const total = { bytes: 0, files: 0 }
  for (const name of await unlessGone(readdir(path), [])) {
    const { bytes, files } = await diskUse(join(path, name))
    total.bytes += bytes
    total.files += files
  }
  return total
}

async function unlessGone<T, F>(looking: Promise<T>, fallback: F): Promise<T | F> {
  try {
    return await looking
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code === 'ENOENT' || code === 'ENOTDIR') return fallback
    throw error
  }
}

/** What deleting a project with its files would remove. */
export async function projectDisk(store: Store, project: ProjectRow, projectsDirs: Dirs): Promise<DiskUse> {
  const total = { bytes: 0, files: 0 }
  for (const path of await ownPaths(store, project, projectsDirs)) {
    const { bytes, files } = await diskUse(path)
    total.bytes += bytes
    total.files += files
  }
  return total
}

/** Folders below which the program itself makes projects. */
type Dirs = readonly string[]

/**
 * Forgets a project and its run, and with `withFiles` removes what it made. Throws BAD_INPUT for a folder that holds no
 * project.json or another project's, or another project in it; BUSY while another program runs it; FILE_UNREADABLE for what
 * the system does not let go.
 */
export async function deleteProject({
  store,
  project,
  withFiles,
  projectsDirs,
}: {
  store: Store
  project: ProjectRow
  withFiles: boolean
  projectsDirs: Dirs
}): Promise<{ freedBytes: number }> {
  if (!withFiles || !existsSync(project.dir)) {
    store.deleteProject(project.id)
    return { freedBytes: 0 }
  }
  await expectOwnFolder(store, project)
  expectAlone(store, project)
  const { bytes } = await projectDisk(store, project, projectsDirs)
  const { lock, data } = projectLayout(project.dir)
  const release = acquireProjectLock(lock)
  try {
    const paths = await ownPaths(store, project, projectsDirs)
    // The lock last, and the record after all files: a deletion that was cut off can be asked for again.
    for (const path of paths.filter((path) => path !== lock)) await rm(path, { recursive: true, force: true })
    await removeIfEmpty(data)
    await removeIfEmpty(project.dir)
    store.deleteProject(project.id)
    return { freedBytes: bytes }
  } catch (error) {
    throw fileError(error, project.dir)
  } finally {
    release()
    await removeIfEmpty(project.dir)
  }
}

/**
 * The whole folder where the program made it for this project. A folder that a person named (the terminal's --output_dir) may
 * hold anything else besides: there only what a run writes.
 */
async function ownPaths(store: Store, project: ProjectRow, projectsDirs: Dirs): Promise<string[]> {
  const { dir } = project
  if (!existsSync(dir)) return []
  if (hasDraft(store, project) && projectsDirs.includes(dirname(dir))) return [dir]
  const { data } = projectLayout(dir)
  const inData = lstatSync(data, { throwIfNoEntry: false })?.isDirectory() ? await readdir(data) : []
  return [
    ...(await readdir(dir)).filter((name) => runFiles.test(name)).map((name) => join(dir, name)),
    ...inData.filter((name) => dataFiles.test(name)).map((name) => join(data, name)),
  ]
}

/** A project of the wizard has choices on record; one of the terminal has not. */
const hasDraft = (store: Store, { id }: ProjectRow): boolean => store.draft(id) !== undefined

/** Throws BAD_INPUT where another project's folder is in this one's, as after making this one the folder for projects. */
function expectAlone(store: Store, project: ProjectRow): void {
  const inside = store.projectPage(mostProjects).find(({ dir }) => dir.startsWith(project.dir + sep))
  if (!inside) return
  throw new AppError(
    'BAD_INPUT',
    `The folder of "${project.name}" holds another project, "${inside.name}". Delete or move that one first, or take this one off the list alone.`,
    { path: inside.dir },
  )
}

async function expectOwnFolder(store: Store, project: ProjectRow): Promise<void> {
  const document = await readProjectFile(projectLayout(project.dir).file)
  if (document ? document.id === project.id : hasDraft(store, project)) return
  const found = document ? `the project "${document.name}"` : 'no project.json'
  throw new AppError(
    'BAD_INPUT',
    `Expected the files of "${project.name}" in ${project.dir}, found ${found}. Delete files there yourself, or take the project off the list alone.`,
    { path: project.dir },
  )
}

async function removeIfEmpty(dir: string): Promise<void> {
  try {
    await rmdir(dir)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code !== 'ENOENT' && code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error
  }
}
