import { existsSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import type { PlanChoice } from '../../contract/app/plans.ts'
import type { ProjectDraft } from '../../contract/app/projects.ts'
import { AppError } from '../../contract/errors.ts'
import { LoopSetup } from '../../contract/project.ts'
import { gigabytes } from '../report/number-format.ts'
import { usedRows } from './check-plan.ts'

/** Everything that the loop is started with. Throws FILE_NOT_FOUND for a model or dataset files that are no longer there. */
export function setupOf(draft: ProjectDraft, { plan, rowLimit }: PlanChoice): LoopSetup {
  const { modelDir, dataset, data } = draft
  if (modelDir === null) throw new AppError('BAD_INPUT', 'No model is chosen. Choose one on the Model step.')
  if (dataset === null || data === null)
    throw new AppError(
      'BAD_INPUT',
      'The dataset has not been read. Open the Dataset step, then start the run.',
    )
  const isModel = ['config.json', 'adapter_config.json'].some((name) => existsSync(join(modelDir, name)))
  if (!isModel)
    throw new AppError(
      'FILE_NOT_FOUND',
      `The model is no longer in ${modelDir}: no config.json there. Put it back, or choose another on the Model step.`,
      { path: modelDir },
    )
  const gone = [...dataset.sources, data.trainPath, data.testPath].filter((path) => !existsSync(path))
  if (gone.length > 0)
    throw new AppError(
      'FILE_NOT_FOUND',
      `The dataset is no longer complete: ${gone.join(', ')} is gone. Put it back, or read the dataset again on the Dataset step.`,
      { path: gone[0]! },
    )
  const used = usedRows(rowLimit, data.trainRows)
  // All rows: the very request that the Dataset step has made, so that its rows are taken as they are.
  const limit = used < data.trainRows ? used : (dataset.limit ?? 0)
  return LoopSetup.parse({ modelDir, data: { kind: 'import', ...dataset, limit }, plan })
}

/** Throws DISK_FULL when the run will not fit where the project lies. */
export function expectDiskFor(projectDir: string, neededBytes: number): void {
  const freeBytes = freeDiskBytes(projectDir)
  if (neededBytes <= freeBytes) return
  throw new AppError(
    'DISK_FULL',
    `This run writes about ${gigabytes(neededBytes)} and the project’s disk has ${gigabytes(freeBytes)} free. Nothing was started. Free at least ${gigabytes(neededBytes - freeBytes)}, or plan fewer iterations.`,
    { path: projectDir, neededBytes, freeBytes },
  )
}

export function freeDiskBytes(dir: string): number {
  const { bavail, bsize } = statfsSync(dir)
  return bavail * bsize
}
