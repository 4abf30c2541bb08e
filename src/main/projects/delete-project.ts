import { existsSync } from 'node:fs'
import { lstat, readdir, rm } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import type { ProjectRow } from '../store/project-queries.ts'
import type { Store } from '../store/store.ts'

/** Bytes and files below a folder; links are counted as themselves and never followed. */
export async function diskUse(dir: string): Promise<{ bytes: number; files: number }> {
  if (!existsSync(dir)) return { bytes: 0, files: 0 }
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

/**
 * Forgets a project and its run, and with `withFiles` removes its folder. Only a folder that the program made below its own
 * projects' folder, or that holds a project.json, is removed. Throws BAD_INPUT for any other.
 */
export async function deleteProject({
  store,
  project,
  projectsDir,
  withFiles,
}: {
  store: Store
  project: ProjectRow
  projectsDir: string
  withFiles: boolean
}): Promise<{ freedBytes: number }> {
  if (!withFiles) {
    store.deleteProject(project.id)
    return { freedBytes: 0 }
  }
  const isOurs = project.dir.startsWith(projectsDir + sep) || existsSync(join(project.dir, 'project.json'))
  if (!isOurs && existsSync(project.dir)) {
    throw new AppError(
      'BAD_INPUT',
      `Expected a project's folder, found ${project.dir}, which holds no project.json. Delete its files yourself, or remove the project from the list alone.`,
      { path: project.dir },
    )
  }
  const { bytes } = await diskUse(project.dir)
  // The record last: a deletion that was cut off can be asked for again.
  await rm(project.dir, { recursive: true, force: true })
  store.deleteProject(project.id)
  return { freedBytes: bytes }
}
