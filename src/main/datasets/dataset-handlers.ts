import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { maxUploadChunkBytes, type datasetsContract } from '../../contract/app/datasets.ts'
import type { ProjectDraft } from '../../contract/app/projects.ts'
import { TrainingSettings } from '../../contract/settings.ts'
import { AppError } from '../../contract/errors.ts'
import type { Handlers } from '../../ipc/server.ts'
import { fileError } from '../file-error.ts'
import type { Services } from '../services.ts'
import { importChosen } from './import-chosen.ts'
import { starterSources, usedDatasets } from './used-datasets.ts'

export function createDatasetHandlers({
  app,
  projects,
  starterDir,
  uploads,
}: Services): Handlers<typeof datasetsContract> {
  return {
    calls: {
      inspectDataset: async (request, signal) => {
        const release = uploads.hold(request.sources)
        try {
          return await app.inspector.call('inspectDataset', request, { signal })
        } finally {
          release()
        }
      },
      chooseDataset: ({ projectId, choice }) => {
        projects.updateDraft(projectId, (draft) => ({ ...draft, dataset: choice, data: null }))
        return {}
      },
      clearDataset: ({ projectId }) => {
        projects.updateDraft(projectId, (draft) => ({ ...draft, dataset: null, data: null }))
        return {}
      },
      datasetRow: ({ projectId, split, row }, signal) => {
        const draft = projects.draft(projectId)
        const data = importedOf(draft)
        return app.inspector.call(
          'datasetRow',
          {
            path: split === 'train' ? data.trainPath : data.testPath,
            row,
            modelDir: draft.modelDir,
            promptFormat: lengthSettings(draft).promptFormat,
          },
          { signal },
        )
      },
      droppedRows: async ({ projectId, offset }) => {
        const { trainPath } = importedOf(projects.draft(projectId))
        const path = join(dirname(trainPath), 'dropped.jsonl')
        const file = await open(path).catch((error: unknown) => {
          throw fileError(error, path)
        })
        try {
          const { size } = await file.stat()
          const bytes = new Uint8Array(Math.max(0, Math.min(maxUploadChunkBytes, size - offset)))
          const { bytesRead } = await file.read(bytes, 0, bytes.length, offset)
          const end = offset + bytesRead
          return { bytes: bytes.subarray(0, bytesRead), nextOffset: bytesRead > 0 && end < size ? end : null }
        } finally {
          await file.close()
        }
      },
      usedDatasets: async () => ({
        datasets: usedDatasets(app.store, projects),
        starter: await starterSources(starterDir),
      }),
      uploadFile: (piece, signal) => uploads.receive(piece, signal),
    },
    streams: {
      importDataset: ({ projectId }, signal) => importChosen({ app, projects, uploads, projectId, signal }),
      measureDataset: ({ projectId }, signal) => {
        const draft = projects.draft(projectId)
        const { trainPath, testPath, testRows } = importedOf(draft)
        if (draft.modelDir === null)
          throw new AppError('BAD_INPUT', 'Lengths are counted by a model. Choose a model first.')
        const request = {
          trainPath,
          testPath: testRows > 0 ? testPath : null,
          modelDir: draft.modelDir,
          ...lengthSettings(draft),
        }
        return app.inspector.stream('measureDataset', request, { signal })
      },
    },
  }
}

function importedOf({ data }: ProjectDraft): NonNullable<ProjectDraft['data']> {
  if (data) return data
  throw new AppError(
    'DATASET_EMPTY',
    'The dataset of this project has not been read yet. Open the Dataset step.',
  )
}

/** The limit and the prompt format of the plan, or what a plan begins with. */
function lengthSettings({ plan }: ProjectDraft): Pick<TrainingSettings, 'maxLength' | 'promptFormat'> {
  const training = plan?.iterations[0]?.training
  if (training) return { maxLength: training.maxLength, promptFormat: training.promptFormat }
  const { maxLength, promptFormat } = TrainingSettings.shape
  return { maxLength: maxLength.parse(undefined), promptFormat: promptFormat.parse(undefined) }
}
