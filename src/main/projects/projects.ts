import { randomUUID } from 'node:crypto'
import { constants, existsSync } from 'node:fs'
import { cp, rm } from 'node:fs/promises'
import { sep } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { ProjectView } from '../../contract/app/projects.ts'
import { ProjectDraft } from '../../contract/app/projects.ts'
import { ImportResult, type ModelCard } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import { baseIteration } from '../../contract/project.ts'
import type { ChangeBell } from '../change-bell.ts'
import type { EngineAccess } from '../loop/engine-access.ts'
import { fromPortable, toPortable } from '../loop/portable-paths.ts'
import { projectLayout } from '../loop/project-layout.ts'
import { fileError } from '../file-error.ts'
import { choicesOf } from '../runs/project-summary.ts'
import { readDraft, readSetup, unlessUnreadable } from '../runs/recorded-json.ts'
import { summarizeRun } from '../runs/run-summary.ts'
import { shortName } from '../runs/short-name.ts'
import type { ProjectRow } from '../store/project-queries.ts'
import type { RunRow } from '../store/run-queries.ts'
import type { Store } from '../store/store.ts'
import { newProjectDir } from './project-dir.ts'
import { nameWords } from '../../strings/names.ts'

const unnamed = nameWords.newProject
const projectsListed = 10_000
const draftsKept = 300

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
  /** Throws BUSY once a run has begun or is starting: its choices are part of what it made. */
  updateDraft(projectId: string, change: (draft: ProjectDraft) => ProjectDraft): void
  chooseModel(projectId: string, modelDir: string): Promise<ModelCard>
  /** Its files are in use until what is returned is called. `work`: "is being copied". */
  hold(projectId: string, work: string): () => void
  /** Throws BUSY while its run is live or starting, or its files are held. `wish`: "delete it". */
  expectIdle(projectId: string, wish: string): void
  /** The same choices in a new folder, with a copy of the reformatted rows. Throws BUSY, DISK_FULL. */
  duplicate(projectId: string, change?: (draft: ProjectDraft) => ProjectDraft): Promise<string>
}

/** Projects and the wizard's choices in them. Paths inside a project's folder are stored relative to it. */
export function createProjects({
  store,
  inspector,
  projectsDir,
  bell,
  liveRun,
  liveDir,
}: {
  store: Store
  inspector: EngineAccess
  projectsDir: () => string
  bell: ChangeBell
  liveRun: () => number | null
  /** Of the live run, and of one that is starting. */
  liveDir: () => string | null
}): Projects {
  /** Project → what its files are in use for. */
  const held = new Map<string, { work: string }[]>()
  /** Project → the last model that was asked for. */
  const lastAsked = new Map<string, symbol>()
  const startedDrafts = new Map<string, { key: (string | null)[]; draft: ProjectDraft }>()

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
    const chosen = readDraft(stored ?? '{}', dir)
    const run = store.runOf(projectId)
    if (!run) return chosen
    // What it was really started with; the starter and the terminal start without the wizard.
    const started = startedWith(projectId, run, dir)
    return {
      ...chosen,
      ...started,
      model: chosen.modelDir === started.modelDir ? chosen.model : null,
      data: started.data ?? chosen.data,
    }
  }

  /** Kept while the record says the same: lists ask for it of every project. */
  function startedWith(projectId: string, run: RunRow, dir: string): ProjectDraft {
    const { state, result } = store.stage({ runId: run.id, iteration: baseIteration, name: 'reformat' }) ?? {}
    const imported = state === 'done' ? (result ?? null) : null
    const key = [dir, run.setup, imported]
    const known = startedDrafts.get(projectId)
    if (known && isDeepStrictEqual(known.key, key)) return known.draft
    const draft = draftOfRun(run.setup, imported, dir)
    startedDrafts.delete(projectId)
    startedDrafts.set(projectId, { key, draft })
    for (const oldest of startedDrafts.keys()) {
      if (startedDrafts.size <= draftsKept) break
      startedDrafts.delete(oldest)
    }
    return draft
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
    if (!run && liveDir() !== project.dir) return project
    if (!run) throw new AppError('BUSY', 'The run of this project is starting with these choices.')
    throw new AppError(
      'BUSY',
      `Run ${run.id} was started with these choices, so they stay. Duplicate the project to change them.`,
      { runId: run.id },
    )
  }

  function updateDraft(projectId: string, change: (draft: ProjectDraft) => ProjectDraft): void {
    // Read and written in one: a second program of the same record changes it too.
    store.transaction(() => {
      const { dir } = expectOpen(projectId)
      save(projectId, dir, ProjectDraft.parse(change(draft(projectId))))
    })
  }

  function hold(projectId: string, work: string): () => void {
    const one = { work }
    held.set(projectId, [...(held.get(projectId) ?? []), one])
    return () => {
      const others = held.get(projectId)?.filter((other) => other !== one) ?? []
      if (others.length > 0) held.set(projectId, others)
      else held.delete(projectId)
    }
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
        .filter((other) => {
          if (other.id === projectId) return false
          const modelDir = unlessUnreadable(() => choicesOf(store, other).modelDir, null)
          return modelDir?.startsWith(inside) ?? false
        })
        .map(({ name }) => name)
    },
    row,
    draft,
    updateDraft,
    hold,
    expectIdle(projectId, wish) {
      if (liveDir() === row(projectId).dir)
        throw new AppError('BUSY', `The run of this project is going on. Pause it, then ${wish}.`)
      const [use] = held.get(projectId) ?? []
      if (use) throw new AppError('BUSY', `This project ${use.work}. Wait for that or stop it, then ${wish}.`)
    },
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
      const asked = Symbol(modelDir)
      lastAsked.set(projectId, asked)
      const model = await inspector.call('inspectModel', { dir: modelDir })
      // A large model that was given up for a small one is read later than that.
      if (lastAsked.get(projectId) !== asked) return model
      lastAsked.delete(projectId)
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
      const before = draft(projectId)
      const release = hold(projectId, 'is being copied')
      const id = create(nextName(store, name))
      const copy = row(id)
      try {
        const from = projectLayout(dir).data
        const hasData = before.data !== null && existsSync(from)
        if (hasData)
          await cp(from, projectLayout(copy.dir).data, { recursive: true, mode: constants.COPYFILE_FICLONE })
        // Rows that were read anew meanwhile may have been copied in part.
        const isWhole = hasData && isDeepStrictEqual(draft(projectId).data, before.data)
        const data = isWhole ? fromPortable(toPortable(before.data, dir), copy.dir) : null
        save(id, copy.dir, change(ProjectDraft.parse({ ...before, data })))
        return id
      } catch (error) {
        store.deleteProject(id)
        await rm(copy.dir, { recursive: true, force: true })
        bell.ring()
        throw fileError(error, copy.dir)
      } finally {
        release()
      }
    },
  }
}

/** A project of the terminal has no draft: what it ran says the same. */
function draftOfRun(setup: string, imported: string | null, dir: string): ProjectDraft {
  const { modelDir, data, plan } = readSetup(setup, dir)
  const parsed = ImportResult.safeParse(imported && fromPortable(JSON.parse(imported), dir))
  return ProjectDraft.parse({
    modelDir,
    dataset: data.kind === 'import' ? data : { sources: [data.trainPath, data.testPath] },
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
