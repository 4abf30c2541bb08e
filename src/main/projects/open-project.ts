import { existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import type { ProjectDocument } from '../../contract/project.ts'
import { canonicalJson, toPortable } from '../loop/portable-paths.ts'
import { readProjectFile } from '../loop/project-file.ts'
import { projectLayout } from '../loop/project-layout.ts'
import { summarizeRun } from '../runs/run-summary.ts'
import { openStore, type Store } from '../store/store.ts'
import { copyRun, copySteps, type CopiedRun } from './copy-run.ts'
import { runLogWords } from '../../strings/run-log.ts'

/** As of names that are typed. */
const longestName = 120

/**
 * Takes a project's folder into the record. What the folder's own app.sqlite (the terminal's) tells of its run is copied;
 * without one the run is listed as paused, and going on with it finds from the files what is done. Throws FILE_NOT_FOUND
 * without project.json, FILE_UNREADABLE for a damaged one, FILE_EXISTS for a copy of a project that is still there.
 */
export async function openProject(store: Store, folder: string): Promise<string> {
  const dir = resolve(folder)
  const { file } = projectLayout(dir)
  const document = await readProjectFile(file)
  if (!document) {
    const known = store.projectAt(dir)
    if (known) return known.id
    throw noProject(dir)
  }
  const known = store.project(document.id)
  if (known && known.dir !== dir) expectMoved(known.dir, dir, document)
  const recordPath = join(dir, 'app.sqlite')
  const isKnown = store.runOf(document.id) !== undefined
  const from = !isKnown && existsSync(recordPath) ? openStore({ path: recordPath }) : null
  try {
    const copied = store.transaction(() => {
      store.saveProject({
        id: document.id,
        dir,
        name: known?.name ?? document.name.slice(0, longestName),
        createdAt: Date.parse(document.createdAt),
        updatedAt: Date.now(),
      })
      if (store.runOf(document.id)) return null
      const run = takeOverRun(store, from, dir, document)
      expectReadable(store, document.id)
      return run
    })
    if (from && copied) await copySteps(from, store, copied)
  } finally {
    from?.close()
  }
  return document.id
}

/** A record of another version must not spoil the lists of ours. Throws FILE_UNREADABLE. */
function expectReadable(store: Store, projectId: string): void {
  const run = store.runOf(projectId)
  if (run) summarizeRun(store, run, null)
}

/** In the transaction of `openProject`. */
function takeOverRun(
  store: Store,
  from: Store | null,
  dir: string,
  document: ProjectDocument,
): CopiedRun | null {
  const copied = from && copyRun(from, store, document.id)
  if (copied) return copied
  const now = Date.now()
  const runId = store.createRun({
    projectId: document.id,
    setup: canonicalJson(toPortable(document.setup, dir)),
    seed: document.setup.plan.iterations[0]?.generation.seed ?? 0,
    createdAt: Date.parse(document.createdAt),
  })
  store.interruptRun(runId, 'paused', null, null)
  store.saveEvent({
    runId,
    createdAt: now,
    level: 'info',
    message: runLogWords.openedFromFolder,
    data: '{}',
  })
  return null
}

function expectMoved(before: string, dir: string, { id, name }: ProjectDocument): void {
  if (!existsSync(projectLayout(before).file)) return
  throw new AppError(
    'FILE_EXISTS',
    `${dir} is a copy of "${name}", which is in ${before}. Open that one; to train another from the same choices, duplicate it.`,
    { path: dir, projectId: id },
  )
}

function noProject(dir: string): AppError {
  const found = existsSync(dir)
    ? existsSync(join(dir, 'config.json'))
      ? 'a model; create a project and choose it there'
      : 'none'
    : 'no such folder'
  return new AppError(
    'FILE_NOT_FOUND',
    `Expected a project's folder, with project.json in it, at ${dir}; found ${found}. A project gets its project.json when its run starts.`,
    { path: dir, name: basename(dir) },
  )
}
