import type { ProjectSummary } from '../../contract/app/runs.ts'
import { ProjectDraft } from '../../contract/app/projects.ts'
import { LoopSetup } from '../../contract/project.ts'
import { fromPortable } from '../loop/portable-paths.ts'
import type { ProjectRow } from '../store/project-queries.ts'
import type { Store } from '../store/store.ts'
import { shortName } from './short-name.ts'

/** Projects in lists, last changed first. */
export const listProjects = (store: Store, limit: number): ProjectSummary[] =>
  store.projectPage(limit).map((row) => summarizeProject(store, row))

function summarizeProject(store: Store, { id, name, dir, updatedAt }: ProjectRow): ProjectSummary {
  const run = store.runOf(id)
  const { modelDir, sources, isDataReady, rows } = choicesOf(store, id, dir)
  const step = run
    ? run.state === 'finished'
      ? 'results'
      : 'run'
    : modelDir === null
      ? 'model'
      : isDataReady
        ? 'plan'
        : 'dataset'
  return {
    id,
    name,
    dir,
    updatedAt,
    model: modelDir === null ? null : shortName(modelDir),
    dataset: sources.length > 0 ? sources.map(shortName).join(', ') : null,
    rows,
    step,
    run: run?.id ?? null,
  }
}

function choicesOf(
  store: Store,
  id: string,
  dir: string,
): { modelDir: string | null; sources: readonly string[]; isDataReady: boolean; rows: number | null } {
  const run = store.runOf(id)
  if (run) {
    const { modelDir, data } = LoopSetup.parse(fromPortable(JSON.parse(run.setup), dir))
    return {
      modelDir,
      sources: data.kind === 'import' ? data.sources : [data.trainPath],
      isDataReady: true,
      rows: store.datasets(id).at(-1)?.trainRows ?? null,
    }
  }
  const stored = store.draft(id)
  const { modelDir, dataset, data } = ProjectDraft.parse(
    stored === undefined ? {} : fromPortable(JSON.parse(stored), dir),
  )
  return {
    modelDir,
    sources: dataset?.sources ?? [],
    isDataReady: data !== null,
    rows: data?.trainRows ?? null,
  }
}
