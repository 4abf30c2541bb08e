import { statSync } from 'node:fs'
import { totalmem } from 'node:os'
import type { PlanFacts } from '../../contract/app/plans.ts'
import type { ImportResult, ModelCard } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import type { RowFacts } from '../../contract/row-facts.ts'
import type { EngineAccess } from '../loop/engine-access.ts'
import type { Projects } from '../projects/projects.ts'

/** What a plan is made for: the project's model and its rows. */
export interface PlanBasis {
  model: ModelCard
  data: ImportResult
  rows: RowFacts
  memoryBytes: number // of the machine
  /** Changes with the weights and with the rows: measurements belong to it. */
  key: string
}

export interface PlanBasisReader {
  /** Throws BAD_INPUT when model or dataset is still to be chosen, and what the engine says of broken ones. */
  of(projectId: string, signal?: AbortSignal): Promise<PlanBasis>
}

const kept = 8

/** Reads the rows' lengths once for a model and a dataset; the last few are kept. */
export function createPlanBasisReader({
  inspector,
  projects,
  memoryBytes = totalmem(),
}: {
  inspector: EngineAccess
  projects: Projects
  memoryBytes?: number
}): PlanBasisReader {
  const facts = new Map<string, Promise<RowFacts>>()

  async function factsOf(key: string, modelDir: string, dataPath: string): Promise<RowFacts> {
    const found = facts.get(key) ?? inspector.call('rowFacts', { modelDir, dataPath })
    facts.delete(key)
    facts.set(key, found)
    for (const oldest of facts.keys()) if (facts.size > kept) facts.delete(oldest)
    try {
      return await found
    } catch (error) {
      facts.delete(key)
      throw error
    }
  }

  return {
    async of(projectId, signal) {
      const { modelDir, model, data } = projects.draft(projectId)
      if (modelDir === null)
        throw new AppError(
          'BAD_INPUT',
          'A plan is fitted to a model, and none is chosen. Choose one on the Model step.',
        )
      if (data === null)
        throw new AppError(
          'BAD_INPUT',
          'A plan is fitted to the rows, and none have been read. Choose files on the Dataset step.',
        )
      const card =
        model ?? (await inspector.call('inspectModel', { dir: modelDir }, signal ? { signal } : {}))
      const { size, mtimeMs } = fileAt(data.trainPath)
      const key = JSON.stringify([card.dir, card.sha256, data.trainPath, size, mtimeMs])
      const rows = await factsOf(key, card.dir, data.trainPath)
      return { model: card, data, rows, memoryBytes, key }
    },
  }
}

function fileAt(path: string): { size: number; mtimeMs: number } {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found) return found
  throw new AppError(
    'FILE_NOT_FOUND',
    `The rows that were read for this project are gone: expected ${path}. Read the dataset again on the Dataset step.`,
    { path },
  )
}

export function planFactsOf({ model, data, rows, memoryBytes }: PlanBasis): PlanFacts {
  return {
    parameters: model.parameters,
    context: model.context,
    trainRows: data.trainRows,
    testRows: data.testRows,
    checkable: rows.checkable,
    answerTokens: rows.answer[95]!,
    rowTokens: rows.whole[95]!,
    memoryBytes,
  }
}

/** Share of the rows longer than `tokens`, 0–1, to a hundredth. */
export function shareAbove(percentiles: readonly number[], tokens: number): number {
  const fitting = percentiles.findLastIndex((length) => length <= tokens)
  return (100 - Math.max(0, fitting)) / 100
}
