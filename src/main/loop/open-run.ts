import { randomUUID } from 'node:crypto'
import { basename } from 'node:path'
import type { ModelCard } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import { LoopSetup } from '../../contract/project.ts'
import type { ProjectDocument } from '../../contract/project.ts'
import type { Store } from '../store/store.ts'
import { canonicalJson, fromPortable, toPortable } from './portable-paths.ts'
import { writeProjectFile } from './project-file.ts'
import type { ProjectLayout } from './project-layout.ts'

/**
 * The setup that a folder runs: what is asked for, or, without that, what its project.json says. Throws FILE_EXISTS
 * when the folder holds a project with another setup, FILE_NOT_FOUND when it holds none and nothing is asked for.
 */
export function agreeOnSetup({
  store,
  projectDir,
  document,
  asked,
}: {
  store: Store
  projectDir: string
  document: ProjectDocument | null
  asked: LoopSetup | undefined
}): LoopSetup {
  const project = document ? store.project(document.id) : store.projectAt(projectDir)
  const row = project && store.runOf(project.id)
  const recorded = row ? LoopSetup.parse(fromPortable(JSON.parse(row.setup), projectDir)) : null
  const setup = asked ?? document?.setup ?? recorded
  if (!setup) {
    throw new AppError(
      'FILE_NOT_FOUND',
      `Expected a project in ${projectDir}, found none (no project.json). Give a model, data and a plan to start one.`,
      {
        path: projectDir,
      },
    )
  }
  for (const existing of [recorded, document?.setup]) {
    if (!existing) continue
    const differences = listDifferences(existing, setup)
    if (differences.length > 0) throw differs(projectDir, differences)
  }
  return setup
}

function differs(projectDir: string, differences: readonly string[]): AppError {
  const shown = differences.slice(0, 8).join('; ')
  const more = differences.length > 8 ? ` and ${differences.length - 8} more` : ''
  return new AppError(
    'FILE_EXISTS',
    `${projectDir} already holds a run with other settings (expected → asked for): ${shown}${more}. Choose another folder, or run ` +
      'with the same settings to go on.',
    { path: projectDir, differences },
  )
}

/** `plan.iterations.0.training.beta: 0.1 → 0.3` for every leaf that differs. */
export function listDifferences(expected: unknown, found: unknown, path = ''): string[] {
  if (canonicalJson({ value: expected }) === canonicalJson({ value: found })) return []
  const isTree = (value: unknown): value is Record<string, unknown> =>
    value !== null && typeof value === 'object'
  if (!isTree(expected) || !isTree(found))
    return [`${path}: ${JSON.stringify(expected) ?? 'nothing'} → ${JSON.stringify(found) ?? 'nothing'}`]
  const keys = [...new Set([...Object.keys(expected), ...Object.keys(found)])]
  return keys.flatMap((key) =>
    listDifferences(expected[key], found[key], path === '' ? key : `${path}.${key}`),
  )
}

/** Throws FILE_EXISTS when what a run was started with is no longer what is there. */
export function checkUnchanged(
  what: string,
  path: string,
  expected: string | null | undefined,
  found: string,
): void {
  if (!expected || expected === found) return
  throw new AppError(
    'FILE_EXISTS',
    `${what} ${path} changed since this run began: expected sha256 ${expected.slice(0, 12)}…, found ${found.slice(0, 12)}…. Put the ` +
      'original back, or start a new project in another folder.',
    { path, expected, found },
  )
}

/** The records of a project and its one run: found, or made from whichever of project.json and the database is there. */
export async function openRun({
  store,
  projectDir,
  layout,
  document,
  setup,
  name,
  base,
}: {
  store: Store
  projectDir: string
  layout: ProjectLayout
  document: ProjectDocument | null
  setup: LoopSetup
  name: string | undefined
  base: ModelCard
}): Promise<{ runId: number; document: ProjectDocument }> {
  checkUnchanged('The base model', base.dir, document?.model.sha256, base.sha256)
  const known = document ? store.project(document.id) : store.projectAt(projectDir)
  const now = new Date()
  const current: ProjectDocument = document ?? {
    version: 1,
    id: known?.id ?? randomUUID(),
    name: name ?? known?.name ?? basename(projectDir),
    createdAt: new Date(known?.createdAt ?? now).toISOString(),
    updatedAt: now.toISOString(),
    setup,
    model: { sha256: base.sha256, parameters: base.parameters },
    dataSha256: null,
    state: 'started',
    candidates: [],
    best: null,
    reason: null,
  }
  const runId = store.transaction(() => {
    store.saveProject({
      id: current.id,
      dir: projectDir,
      name: current.name,
      createdAt: Date.parse(current.createdAt),
      updatedAt: now.getTime(),
    })
    store.saveModel({
      dir: setup.modelDir,
      sha256: base.sha256,
      parameters: base.parameters,
      architecture: base.architecture,
      createdAt: now.getTime(),
    })
    const row = store.runOf(current.id)
    if (row) return row.id
    const json = canonicalJson(toPortable(setup, projectDir))
    const seed = setup.plan.iterations[0]?.generation.seed ?? 0
    return store.createRun({ projectId: current.id, setup: json, seed, createdAt: now.getTime() })
  })
  if (!document) writeProjectFile(layout.file, current)
  return { runId, document: current }
}
