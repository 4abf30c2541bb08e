import { randomUUID } from 'node:crypto'
import { constants, existsSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { sep } from 'node:path'
import type { ProjectView } from '../../contract/app/projects.ts'
import { ProjectDraft } from '../../contract/app/projects.ts'
import { ImportResult, type ModelCard } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import { LoopSetup } from '../../contract/project.ts'
import type { ChangeBell } from '../change-bell.ts'
import type { EngineAccess } from '../loop/engine-access.ts'
import { fromPortable, toPortable } from '../loop/portable-paths.ts'
import { projectLayout } from '../loop/project-layout.ts'
import { summarizeRun } from '../runs/run-summary.ts'
import { shortName } from '../runs/short-name.ts'
import type { ProjectRow } from '../store/project-queries.ts'
import type { RunRow } from '../store/run-queries.ts'
import type { Store } from '../store/store.ts'
import { newProjectDir } from './project-dir.ts'

const unnamed = 'New project'
const projectsListed = 10_000

export interface Projects {
  /** null = "New project" until its model is chosen. */
  create(name: string | null): string
  rename(projectId: string, name: string): void
  /** It was opened. Throws BAD_INPUT for an unknown project. */
  touch(projectId: string): void
  /** Names of other projects that start from a model in this one's folder. */
  usersOf(projectId: string): string[]
  /** Throws BAD_INPUT for an unknown project. */
  row(projectId: string): ProjectRow
  view(projectId: string): ProjectView
  draft(projectId: string): ProjectDraft
  /** Throws BUSY once a run has begun: its choices are part of what it made. */
  updateDraft(projectId: string, change: (draft: ProjectDraft) => ProjectDraft): void
  chooseModel(projectId: string, modelDir: string): Promise<ModelCard>
  /** The same choices in a new folder, with a copy of the reformatted rows. */
  duplicate(projectId: string, change?: (draft: ProjectDraft) => ProjectDraft): Promise<string>
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
  projectsDir: () => string
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
    const chosen = ProjectDraft.parse(stored === undefined ? {} : fromPortable(JSON.parse(stored), dir))
    const run = store.runOf(projectId)
    if (!run) return chosen
    // What it was really started with; the starter and the terminal start without the wizard.
    const started = draftOfRun(store, run, dir)
    return {
      ...chosen,
      ...started,
      model: chosen.modelDir === started.modelDir ? chosen.model : null,
      data: started.data ?? chosen.data,
    }
  }

  function save(projectId: string, dir: string, next: ProjectDraft): void {
    store.saveDraft(projectId, JSON.stringify(toPortable(next, dir)), Date.now())
    bell.ring()
  }

  function create(name: string, next?: ProjectDraft): string {
    const id = randomUUID()
    const dir = newProjectDir(projectsDir(), name)
    const now = Date.now()
    store.saveProject({ id, dir, name, createdAt: now, updatedAt: now })
    save(id, dir, next ?? ProjectDraft.parse({}))
    return id
  }

  function expectOpen(projectId: string): ProjectRow {
    const project = row(projectId)
    const run = store.runOf(projectId)
    if (!run) return project
    throw new AppError(
      'BUSY',
      `Run ${run.id} was started with these choices, so they stay. Duplicate the project to change them.`,
      { runId: run.id },
    )
  }

  function updateDraft(projectId: string, change: (draft: ProjectDraft) => ProjectDraft): void {
    const { dir } = expectOpen(projectId)
    save(projectId, dir, ProjectDraft.parse(change(draft(projectId))))
  }

  return {
    create(name) {
      const id = create(name ?? freeName(store, unnamed))
      if (name === null) updateDraft(id, (draft) => ({ ...draft, named: false }))
      return id
    },
    rename(projectId, name) {
      store.renameProject(projectId, name, Date.now())
      // A project of the terminal has no draft, and gets none by a new name.
      if (store.draft(projectId) !== undefined && !store.runOf(projectId))
        updateDraft(projectId, (draft) => ({ ...draft, named: true }))
      bell.ring()
    },
    touch(projectId) {
      row(projectId)
      store.touchProject(projectId, Date.now())
      bell.ring()
    },
    usersOf(projectId) {
      const inside = row(projectId).dir + sep
      return store
        .projectPage(projectsListed)
        .filter(({ id }) => id !== projectId && draft(id).modelDir?.startsWith(inside))
        .map(({ name }) => name)
    },
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
      expectOpen(projectId)
      const model = await inspector.call('inspectModel', { dir: modelDir })
      updateDraft(projectId, (before) => ({
        ...before,
        modelDir: model.dir,
        model,
        // A plan is fitted to its model.
        plan: before.model?.sha256 === model.sha256 ? before.plan : null,
      }))
      if (!draft(projectId).named)
        store.renameProject(projectId, freeName(store, shortName(model.dir), projectId), Date.now())
      bell.ring()
      return model
    },
    async duplicate(projectId, change = (same) => same) {
      const { name, dir } = row(projectId)
      const id = create(nextName(store, name))
      const copy = row(id)
      const before = draft(projectId)
      const from = projectLayout(dir).data
      const hasData = before.data !== null && existsSync(from)
      if (hasData)
        await cp(from, projectLayout(copy.dir).data, { recursive: true, mode: constants.COPYFILE_FICLONE })
      const data = hasData ? fromPortable(toPortable(before.data, dir), copy.dir) : null
      save(id, copy.dir, change(ProjectDraft.parse({ ...before, data })))
      return id
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
  const taken = takenNames(store)
  for (let n = 2; ; n++) if (!taken.has(`${stem} ${n}`)) return `${stem} ${n}`
}

/** The name itself where no other project has it. */
function freeName(store: Store, name: string, of?: string): string {
  return takenNames(store, of).has(name) ? nextName(store, name) : name
}

const takenNames = (store: Store, except?: string): Set<string> =>
  new Set(store.projectPage(projectsListed).flatMap(({ id, name }) => (id === except ? [] : [name])))
