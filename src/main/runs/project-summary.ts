import type { ProjectSummary } from '../../contract/app/runs.ts'
import type { ProjectRow } from '../store/project-queries.ts'
import type { Store } from '../store/store.ts'
import { readDraft, readSetup, unlessUnreadable } from './recorded-json.ts'
import { shortName } from './short-name.ts'

/** Projects in lists, last changed first. */
export const listProjects = (store: Store, limit: number): ProjectSummary[] =>
  store.projectPage(limit).map((row) => summarizeProject(store, row))

function summarizeProject(store: Store, row: ProjectRow): ProjectSummary {
  const { id, name, dir, updatedAt } = row
  const run = store.runOf(id)
  const { modelDir, sources, isDataReady, rows } = unlessUnreadable(
    () => choicesOf(store, row, run),
    unreadable,
  )
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

interface ProjectChoices {
  modelDir: string | null
  sources: readonly string[]
  isDataReady: boolean
  rows: number | null
}

const unreadable: ProjectChoices = { modelDir: null, sources: [], isDataReady: false, rows: null }

/** What a project is made of. Throws FILE_UNREADABLE. */
export function choicesOf(store: Store, { id, dir }: ProjectRow, run = store.runOf(id)): ProjectChoices {
  if (run) {
    const { modelDir, data } = readSetup(run.setup, dir)
    return {
      modelDir,
      sources: data.kind === 'import' ? data.sources : [data.trainPath],
      isDataReady: true,
      rows: store.datasets(id).at(-1)?.trainRows ?? null,
    }
  }
  const stored = store.draft(id)
  const { modelDir, dataset, data } = readDraft(stored ?? '{}', dir)
  return {
    modelDir,
    sources: dataset?.sources ?? [],
    isDataReady: data !== null,
    rows: data?.trainRows ?? null,
  }
}
