import { existsSync } from 'node:fs'
import { lstat, readdir, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import { readProjectFile } from '../loop/project-file.ts'
import { projectLayout } from '../loop/project-layout.ts'
import { acquireProjectLock } from '../loop/project-lock.ts'
import type { ProjectRow } from '../store/project-queries.ts'
import type { Store } from '../store/store.ts'

/** What a run writes into its folder; what was replaced is kept beside it as `….set-aside-1`. */
const runFiles =
  /^(project\.json|project\.lock|app\.sqlite(-wal|-shm)?|data|base|sft|iter-\d+)(\.set-aside-\d+)?$/

export interface DiskUse {
  bytes: number
  files: number
}

/** Bytes and files below a folder; links are counted as themselves and never followed. */
export async function diskUse(dir: string): Promise<DiskUse> {
  if (!existsSync(dir)) return { bytes: 0, files: 0 }
  const found = await lstat(dir)
  if (!found.isDirectory()) return { bytes: found.size, files: 1 }
  let bytes = 0
  let files = 0
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue
    const { size } = await lstat(join(entry.parentPath, entry.name))
    bytes += size
    files++
  }
  return { bytes, files }
}

/** What deleting a project with its files would remove. */
export async function projectDisk(store: Store, project: ProjectRow): Promise<DiskUse> {
  const uses = await Promise.all((await ownPaths(store, project)).map(diskUse))
  return {
    bytes: uses.reduce((sum, { bytes }) => sum + bytes, 0),
    files: uses.reduce((sum, { files }) => sum + files, 0),
  }
}

/**
 * Forgets a project and its run, and with `withFiles` removes what it made. Throws BAD_INPUT for a folder that holds no
 * project.json or another project's, BUSY while another program runs it.
 */
export async function deleteProject({
  store,
  project,
  withFiles,
}: {
  store: Store
  project: ProjectRow
  withFiles: boolean
}): Promise<{ freedBytes: number }> {
  if (!withFiles || !existsSync(project.dir)) {
    store.deleteProject(project.id)
    return { freedBytes: 0 }
  }
  await expectOwnFolder(store, project)
  const { bytes } = await projectDisk(store, project)
  const { lock } = projectLayout(project.dir)
  const release = acquireProjectLock(lock)
  try {
    const paths = await ownPaths(store, project)
    // The lock last, and the record after all files: a deletion that was cut off can be asked for again.
    for (const path of paths.filter((path) => path !== lock)) await rm(path, { recursive: true, force: true })
    await removeIfEmpty(project.dir)
    store.deleteProject(project.id)
    return { freedBytes: bytes }
  } finally {
    release()
    await removeIfEmpty(project.dir)
  }
}

/**
 * The whole folder where the program made it for this project. A folder that a person named (the terminal's --output_dir) may
 * hold anything else besides: there only what a run writes.
 */
async function ownPaths(store: Store, project: ProjectRow): Promise<string[]> {
  if (!existsSync(project.dir)) return []
  if (isMadeHere(store, project)) return [project.dir]
  const names = await readdir(project.dir)
  return names.filter((name) => runFiles.test(name)).map((name) => join(project.dir, name))
}

/** A project of the wizard has choices on record, and its folder was made for it; one of the terminal has not. */
const isMadeHere = (store: Store, { id }: ProjectRow): boolean => store.draft(id) !== undefined

async function expectOwnFolder(store: Store, project: ProjectRow): Promise<void> {
  const document = await readProjectFile(projectLayout(project.dir).file)
  if (document ? document.id === project.id : isMadeHere(store, project)) return
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
