import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import type { UsedDataset } from '../../contract/app/datasets.ts'
import { AppError } from '../../contract/errors.ts'
import { findStarter } from '../demo/starter-files.ts'
import { unlessUnreadable } from '../runs/recorded-json.ts'
import type { Projects } from '../projects/projects.ts'
import type { Store } from '../store/store.ts'
import { nameWords } from '../../strings/names.ts'

const projectsLookedAt = 500
const datasetsListed = 12

/** Choices of files of all projects, last used first; of the same files the last choice. Files that are gone are left out. */
export function usedDatasets(store: Store, projects: Projects): UsedDataset[] {
  const found = new Map<string, UsedDataset>()
  for (const { id, name, updatedAt } of store.projectPage(projectsLookedAt)) {
    if (found.size >= datasetsListed) break
    const draft = unlessUnreadable(() => projects.draft(id), null)
    if (!draft?.dataset) continue
    const { dataset: choice, data } = draft
    const key = JSON.stringify(choice.sources)
    if (found.has(key) || !choice.sources.every((path) => existsSync(path))) continue
    found.set(key, {
      choice,
      name: namesOf(choice.sources),
      format: data?.mapping.format ?? choice.mapping?.format ?? null,
      rows: data ? data.trainRows + data.testRows : null,
      usedAt: updatedAt,
      project: name,
    })
  }
  return [...found.values()]
}

/** The rows that come with the program; null where they are not there. */
export async function starterSources(starterDir: string): Promise<{ sources: string[] } | null> {
  try {
    return { sources: (await findStarter(starterDir)).datasetFiles }
  } catch (error) {
    if (error instanceof AppError && error.code === 'FILE_NOT_FOUND') return null
    throw error
  }
}

const namesOf = (sources: readonly string[]): string =>
  sources
    .slice(0, 3)
    .map((path) => basename(path))
    .join(', ') + (sources.length > 3 ? nameWords.more(sources.length - 3) : '')
