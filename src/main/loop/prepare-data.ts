import { existsSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { AppError } from '../../contract/errors.ts'
import type { LoopSetup, ProjectDocument } from '../../contract/project.ts'
import { checkUnchanged } from './open-run.ts'
import { canonicalJson, toPortable } from './portable-paths.ts'
import { runStage } from './run-stage.ts'
import type { StageContext } from './run-stage.ts'
import { fileSha256 } from './stage-outputs.ts'
import type { createStages, DataFiles } from './stages.ts'
import { count } from '../../strings/amounts.ts'

/**
 * The project's rows as two Parquet files: imported by the reformat stage, or given ready. `sha256` covers both.
 * Throws DATASET_EMPTY without held-out rows, FILE_NOT_FOUND, and FILE_EXISTS when ready files changed under the run.
 */
export async function prepareData({
  context,
  stages,
  setup,
  document,
}: {
  context: StageContext
  stages: ReturnType<typeof createStages>
  setup: LoopSetup
  document: ProjectDocument
}): Promise<DataFiles & { sha256: string }> {
  const { data } = setup
  if (data.kind === 'ready') {
    for (const path of [data.trainPath, data.testPath]) {
      if (!existsSync(path)) {
        throw new AppError(
          'FILE_NOT_FOUND',
          `Expected reformatted rows in ${path}, found no such file. Reformat the dataset again, or correct the path.`,
          { path },
        )
      }
    }
    const files = {
      trainPath: data.trainPath,
      testPath: data.testPath,
      trainSha256: await fileSha256(data.trainPath),
      testSha256: await fileSha256(data.testPath),
    }
    const sha256 = combined(files)
    checkUnchanged('The data', data.trainPath, document.dataSha256, sha256)
    saveDataset(files, sha256, null, null)
    return { ...files, sha256 }
  }

  const { result, outputs } = await runStage(context, stages.reformat(data))
  if (result.trainRows === 0 || result.testRows === 0) {
    throw new AppError(
      'DATASET_EMPTY',
      `Expected rows to train on and rows to hold out, found ${count(result.trainRows)} and ${count(result.testRows)} of ${count(result.readRows)} rows read. ` +
        'Raise the held-out share, or give more data.',
      { trainRows: result.trainRows, testRows: result.testRows, readRows: result.readRows },
    )
  }
  const sha256Of = (path: string): string => outputs.find((file) => file.path === path)?.sha256 ?? ''
  const { trainPath, testPath } = result
  const files = { trainPath, testPath, trainSha256: sha256Of(trainPath), testSha256: sha256Of(testPath) }
  const sha256 = combined(files)
  saveDataset(files, sha256, result.trainRows, result.testRows)
  return { ...files, sha256 }

  function saveDataset(
    found: DataFiles,
    sha: string,
    trainRows: number | null,
    testRows: number | null,
  ): void {
    const portable = toPortable(
      { trainPath: found.trainPath, testPath: found.testPath },
      context.projectDir,
    ) as typeof files
    context.store.saveDataset({
      projectId: document.id,
      trainPath: portable.trainPath,
      testPath: portable.testPath,
      trainRows,
      testRows,
      sha256: sha,
      source: canonicalJson(toPortable(data, context.projectDir)),
      createdAt: Date.now(),
    })
  }
}

const combined = ({ trainSha256, testSha256 }: DataFiles): string =>
  createHash('sha256').update(`${trainSha256}\n${testSha256}\n`).digest('hex')
