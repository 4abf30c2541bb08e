import { existsSync } from 'node:fs'
import type { KnownModel } from '../../contract/app/models.ts'
import { baseIteration, sftIteration } from '../../contract/project.ts'
import { fromPortable } from '../loop/portable-paths.ts'
import { projectLayout } from '../loop/project-layout.ts'
import type { Store } from '../store/store.ts'
import { shortName } from '../runs/short-name.ts'
import type { Projects } from '../projects/projects.ts'

const modelsListed = 2000

/** Bases that were chosen and models that runs have made, newest first; of one project or of all. */
export function knownModels(store: Store, projects: Projects, projectId: string | null): KnownModel[] {
  const rows = projectId === null ? store.projectPage(modelsListed) : [projects.row(projectId)]
  const made = rows.flatMap((project) => modelsOfProject(store, projects, project))
  const seen = new Set<string>()
  // A base is one model however many projects start from it.
  return made.filter(({ dir, kind }) => {
    if (kind !== 'base' || projectId !== null) return true
    if (seen.has(dir)) return false
    seen.add(dir)
    return true
  })
}

function modelsOfProject(
  store: Store,
  projects: Projects,
  { id, dir, name, createdAt }: { id: string; dir: string; name: string; createdAt: number },
): KnownModel[] {
  const { modelDir, model } = projects.draft(id)
  const run = store.runOf(id)
  const about = store.modelPage(modelsListed)
  const iterations = run ? store.iterations(run.id).filter((row) => row.iteration > baseIteration) : []
  const made: KnownModel[] = iterations.flatMap((row) => {
    if (row.modelDir === null) return []
    const modelPath = fromPortable(row.modelDir, dir) as string
    return [
      {
        dir: modelPath,
        label: `${name}, iteration ${row.iteration}`,
        kind: 'iteration' as const,
        projectId: id,
        runId: run!.id,
        iteration: row.iteration,
        score: row.score,
        best: run!.bestIteration === row.iteration,
        parameters: model?.parameters ?? null,
        architecture: model?.architecture ?? null,
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
      label: `${name}, plain SFT`,
      kind: 'sft',
      projectId: id,
      runId: run!.id,
      iteration: null,
      score: null,
      best: false,
      parameters: model?.parameters ?? null,
      architecture: model?.architecture ?? null,
      bytes: null,
      exists: existsSync(sftDir),
      createdAt: sft.updatedAt,
    })
  }
  if (modelDir === null) return made
  const known = about.find((row) => row.dir === modelDir)
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
      parameters: model?.parameters ?? known?.parameters ?? null,
      architecture: model?.architecture ?? known?.architecture ?? null,
      bytes: model?.bytes ?? null,
      exists: existsSync(modelDir),
      createdAt,
    },
  ]
}
