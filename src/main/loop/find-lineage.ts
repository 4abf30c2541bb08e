import { existsSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../contract/errors.ts'
import type { ModelLineage } from '../../contract/lineage.ts'
import type { ProjectDocument } from '../../contract/project.ts'
import { defaultDataDir } from '../data-dir.ts'
import { openStore, type Store } from '../store/store.ts'
import { fromPortable } from './portable-paths.ts'
import { readProjectFile } from './project-file.ts'
import { projectLayout } from './project-layout.ts'
import { projectLineage } from './project-lineage.ts'
import { OutputFile, verifyOutputs } from './stage-outputs.ts'
import { resultWords } from '../../strings/results.ts'

/** The lineage of a model that a loop made; or none, and why where the folder looks like one of a loop. */
export type FoundLineage = { lineage: ModelLineage; remark: null } | { lineage: null; remark: string | null }

/**
 * For `PROJECT/iter-N/model`: its project's document and the record of its run, which lies in the project (terminal) or in
 * a data folder above it (window).
 */
export async function findLineage(modelDir: string, versions: Record<string, string>): Promise<FoundLineage> {
  const dir = resolve(modelDir)
  const projectDir = dirname(dirname(dir))
  const iteration = Number(/^iter-(\d+)$/.exec(basename(dirname(dir)))?.[1] ?? Number.NaN)
  const layout = projectLayout(projectDir)
  if (!Number.isInteger(iteration) || layout.iteration(iteration).model !== dir) return nothing(null)
  const document = await readProjectFile(layout.file)
  if (!document) return nothing(null)
  for (const path of recordPaths(projectDir)) {
    if (!existsSync(path)) continue
    const store = openStore({ path })
    try {
      const found = await fromRecord(store, { document, projectDir, iteration, versions })
      if (found) return found
    } finally {
      store.close()
    }
  }
  return nothing(resultWords.noLineage(projectDir, iteration))
}

const nothing = (remark: string | null): FoundLineage => ({ lineage: null, remark })

/** Where the record of a project may be: in it, in a folder around it, in the program's own data folder. */
function recordPaths(projectDir: string): string[] {
  const around = [projectDir, dirname(projectDir), dirname(dirname(projectDir)), defaultDataDir()]
  return [...new Set(around)].map((dir) => join(dir, 'app.sqlite'))
}

async function fromRecord(
  store: Store,
  {
    document,
    projectDir,
    iteration,
    versions,
  }: { document: ProjectDocument; projectDir: string; iteration: number; versions: Record<string, string> },
): Promise<FoundLineage | null> {
  const run = store.runOf(document.id)
  if (!run) return null
  const made = store.stage({ runId: run.id, iteration, name: 'finetune' })
  if (made?.state !== 'done') return null
  const files = z.array(OutputFile).parse(fromPortable(JSON.parse(made.outputs), projectDir))
  const { damaged } = await verifyOutputs(files)
  if (damaged.length > 0) {
    throw new AppError(
      'FILE_EXISTS',
      `${damaged.join(', ')}: missing or changed since iteration ${iteration} was trained, so its record does not describe ` +
        'this model. Run the project again to restore it, or say with --lineage what it was made from.',
      { damaged },
    )
  }
  const { setup, model } = document
  const source = { store, runId: run.id, projectDir, setup, baseSha256: model.sha256, versions }
  const lineage = projectLineage(source, iteration)
  return lineage && { lineage, remark: null }
}
