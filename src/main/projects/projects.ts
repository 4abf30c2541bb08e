import { randomUUID } from 'node:crypto'
import type { ProjectView } from '../../contract/app/projects.ts'
import { ProjectDraft } from '../../contract/app/projects.ts'
import { ImportResult, type ModelCard } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import { LoopSetup } from '../../contract/project.ts'
import type { ChangeBell } from '../change-bell.ts'
import type { EngineAccess } from '../loop/engine-access.ts'
import { fromPortable, toPortable } from '../loop/portable-paths.ts'
import { summarizeRun } from '../runs/run-summary.ts'
import type { ProjectRow } from '../store/project-queries.ts'
import type { RunRow } from '../store/run-queries.ts'
import type { Store } from '../store/store.ts'
import { newProjectDir } from './project-dir.ts'

export interface Projects {
  create(name: string): string
  /** Throws BAD_INPUT for an unknown project. */
  row(projectId: string): ProjectRow
  view(projectId: string): ProjectView
  draft(projectId: string): ProjectDraft
  /** Throws BUSY once a run has begun: its choices are part of what it made. */
  updateDraft(projectId: string, change: (draft: ProjectDraft) => ProjectDraft): void
  chooseModel(projectId: string, modelDir: string): Promise<ModelCard>
  /** The same choices in a new folder; what was reformatted is reformatted again there. */
  duplicate(projectId: string, change?: (draft: ProjectDraft) => ProjectDraft): string
}

/** Projects and the wizard's choices in them. Paths inside a project's folder are stored relative to it. */
export function createProjects({
  store,
  inspector,
  projectsDir,
  bell,
  liveRun,
}: {
  store: Store
  inspector: EngineAccess
  projectsDir: string
  bell: ChangeBell
  liveRun: () => number | null
}): Projects {
  function row(projectId: string): ProjectRow {
    const found = store.project(projectId)
    if (found) return found
    throw new AppError(
      'BAD_INPUT',
      'Expected a project of this record; it may have been deleted. Go back to Home and open another.',
      { projectId },
    )
  }

  function draft(projectId: string): ProjectDraft {
    const { dir } = row(projectId)
    const stored = store.draft(projectId)
    if (stored !== undefined) return ProjectDraft.parse(fromPortable(JSON.parse(stored), dir))
    const run = store.runOf(projectId)
    return run ? draftOfRun(store, run, dir) : ProjectDraft.parse({})
  }

  function save(projectId: string, dir: string, next: ProjectDraft): void {
    store.saveDraft(projectId, JSON.stringify(toPortable(next, dir)), Date.now())
    bell.ring()
  }

  function create(name: string, next?: ProjectDraft): string {
    const id = randomUUID()
    const dir = newProjectDir(projectsDir, name)
    const now = Date.now()
    store.saveProject({ id, dir, name, createdAt: now, updatedAt: now })
    save(id, dir, next ?? ProjectDraft.parse({}))
    return id
  }

  function updateDraft(projectId: string, change: (draft: ProjectDraft) => ProjectDraft): void {
    const { dir } = row(projectId)
    const run = store.runOf(projectId)
    if (run) {
      throw new AppError(
        'BUSY',
        `Run ${run.id} was started with these choices, so they stay. Duplicate the project to change them.`,
        { runId: run.id },
      )
    }
    save(projectId, dir, ProjectDraft.parse(change(draft(projectId))))
  }

  return {
    create: (name) => create(name),
    row,
    draft,
    updateDraft,
    view(projectId) {
      const { id, name, dir, createdAt, updatedAt } = row(projectId)
      const run = store.runOf(projectId)
      return {
        id,
        name,
        dir,
        createdAt,
        updatedAt,
        draft: draft(projectId),
        run: run ? summarizeRun(store, run, liveRun()) : null,
      }
    },
    async chooseModel(projectId, modelDir) {
      row(projectId)
      const model = await inspector.call('inspectModel', { dir: modelDir })
      updateDraft(projectId, (before) => ({
        ...before,
        modelDir: model.dir,
        model,
        // A plan is fitted to its model.
        plan: before.model?.sha256 === model.sha256 ? before.plan : null,
      }))
      return model
    },
    duplicate(projectId, change = (same) => same) {
      const { name } = row(projectId)
      const copy = change({ ...draft(projectId), data: null })
      return create(nextName(store, name), copy)
    },
  }
}

/** A project of the terminal has no draft: what it ran says the same. */
function draftOfRun(store: Store, run: RunRow, dir: string): ProjectDraft {
  const { modelDir, data, plan } = LoopSetup.parse(fromPortable(JSON.parse(run.setup), dir))
  const imported = store
    .stages(run.id)
    .find(({ name, state, result }) => name === 'reformat' && state === 'done' && result !== null)
  const parsed = ImportResult.safeParse(imported && fromPortable(JSON.parse(imported.result!), dir))
  return ProjectDraft.parse({
    modelDir,
    dataset: data.kind === 'import' ? data : null,
    data: parsed.success ? parsed.data : null,
    plan,
  })
}

/** "Helpdesk replies" → "Helpdesk replies 2", the first that no project has. */
function nextName(store: Store, name: string): string {
  const stem = name.replace(/ \d+$/, '')
  const taken = new Set(store.projectPage(10_000).map((project) => project.name))
  for (let n = 2; ; n++) if (!taken.has(`${stem} ${n}`)) return `${stem} ${n}`
}
