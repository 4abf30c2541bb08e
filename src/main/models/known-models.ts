import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as otherWork } from 'node:timers/promises'
import type { KnownModel } from '../../contract/app/models.ts'
import { baseIteration, sftIteration } from '../../contract/project.ts'
import { fromPortable } from '../loop/portable-paths.ts'
import { projectLayout } from '../loop/project-layout.ts'
import type { Store } from '../store/store.ts'
import { unlessUnreadable } from '../runs/recorded-json.ts'
import { shortName } from '../runs/short-name.ts'
import type { Services } from '../services.ts'
import type { ModelRow, ProjectRow } from '../store/project-queries.ts'
import type { Projects } from '../projects/projects.ts'
import { nameWords } from '../../strings/names.ts'

const modelsListed = 2000
/** Looked at before other work has its turn. */
const projectsAtOnce = 10

/** Bases that were chosen and models that runs have made, newest first; of one project or of all. */
export async function knownModels(
  { app: { store }, projects, starterDir }: Pick<Services, 'app' | 'projects' | 'starterDir'>,
  projectId: string | null,
): Promise<KnownModel[]> {
  const rows = projectId === null ? store.projectPage(modelsListed) : [projects.row(projectId)]
  const recorded = new Map(store.modelPage(modelsListed).map((row) => [row.dir, row]))
  const found: KnownModel[] = []
  for (const [i, project] of rows.entries()) {
    if (!store.project(project.id)) continue // deleted meanwhile
    const models = () => modelsOfProject(store, projects, project, recorded)
    found.push(...(projectId === null ? unlessUnreadable(models, []) : models()))
    if (i % projectsAtOnce === projectsAtOnce - 1) await otherWork()
  }
  if (projectId !== null) return found
  const made = found.filter(({ kind }) => kind !== 'base')
  const seen = new Set(made.map(({ dir }) => dir))
  // A base is one model however many projects start from it, and may be what another project has made.
  const bases = [
    ...found.filter(({ kind }) => kind === 'base'),
    starterModel(join(starterDir, 'model')),
  ].filter(({ dir }) => {
    if (seen.has(dir)) return false
    seen.add(dir)
    return true
  })
  return [...made, ...bases].toSorted((a, b) => b.createdAt - a.createdAt)
}

/** What the program ships is known from the start. */
const starterModel = (dir: string): KnownModel => ({
  dir,
  label: shortName(dir),
  kind: 'base',
  projectId: null,
  runId: null,
  iteration: baseIteration,
  score: null,
  best: false,
  parameters: null,
  architecture: null,
  bytes: null,
  exists: existsSync(dir),
  createdAt: 0,
})

function modelsOfProject(
  store: Store,
  projects: Projects,
  { id, dir, name, createdAt }: ProjectRow,
  recorded: ReadonlyMap<string, ModelRow>,
): KnownModel[] {
  const { modelDir, model } = projects.draft(id)
  const run = store.runOf(id)
  // A project of the terminal has no card of its model; its run has recorded what it is.
  const base = modelDir === null ? undefined : recorded.get(modelDir)
  const about = {
    parameters: model?.parameters ?? base?.parameters ?? null,
    architecture: model?.architecture ?? base?.architecture ?? null,
  }
  const iterations = run ? store.iterations(run.id).filter((row) => row.iteration > baseIteration) : []
  const made: KnownModel[] = iterations.flatMap((row) => {
    if (row.modelDir === null) return []
    const modelPath = fromPortable(row.modelDir, dir) as string
    return [
      {
        dir: modelPath,
        label: nameWords.iterationOf(name, row.iteration),
        kind: 'iteration' as const,
        projectId: id,
        runId: run!.id,
        iteration: row.iteration,
        score: row.score,
        best: run!.bestIteration === row.iteration,
        ...about,
        bytes: null,
        exists: existsSync(modelPath),
        createdAt: row.updatedAt,
      },
    ]
  })
  const sft =
    run && store.stages(run.id).find((row) => row.iteration === sftIteration && row.name === 'finetune')
  const sftDir = projectLayout(dir).sft.model
  if (sft?.state === 'done') {
    made.push({
      dir: sftDir,
      label: nameWords.sftOf(name),
      kind: 'sft',
      projectId: id,
      runId: run!.id,
      iteration: null,
      score: null,
      best: false,
      ...about,
      bytes: null,
      exists: existsSync(sftDir),
      createdAt: sft.updatedAt,
    })
  }
  if (modelDir === null) return made
  const baseScore = run && store.iterations(run.id).find((row) => row.iteration === baseIteration)?.score
  return [
    ...made.toReversed(),
    {
      dir: modelDir,
      label: shortName(modelDir),
      kind: 'base',
      projectId: id,
      runId: run?.id ?? null,
      iteration: baseIteration,
      score: baseScore ?? null,
      best: run?.bestIteration === baseIteration,
      ...about,
      bytes: model?.bytes ?? null,
      exists: existsSync(modelDir),
      createdAt,
    },
  ]
}
