import { isDeepStrictEqual } from 'node:util'
import { ImportRequest } from '../../contract/engine.ts'
import type { ProjectDraft } from '../../contract/app/projects.ts'
import type { ImportResult, LogEvent, Progress } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import type { App } from '../app.ts'
import { projectLayout } from '../loop/project-layout.ts'
import type { Projects } from '../projects/projects.ts'
import type { UploadFolder } from './upload-folder.ts'

/**
 * Reads the project's chosen files with the very request that its loop's first stage will make, so that the run finds it
 * done. The result is kept unless another choice was made meanwhile. Throws BAD_INPUT (nothing is chosen), BUSY once a run
 * has begun, and what the engine throws; after an error or a stop nothing counts as read.
 */
export async function* importChosen({
  app,
  projects,
  uploads,
  projectId,
  signal,
}: {
  app: Pick<App, 'inspector'>
  projects: Projects
  uploads: Pick<UploadFolder, 'hold' | 'clear'>
  projectId: string
  signal: AbortSignal
}): AsyncGenerator<Progress | LogEvent | ImportResult> {
  const { dataset: choice, data: before } = projects.draft(projectId)
  if (choice === null)
    throw new AppError('BAD_INPUT', 'This project has no dataset files yet. Drop files on the Dataset step.')
  const release = projects.hold(projectId, 'is reading its dataset')
  const letGo = uploads.hold(choice.sources)
  const keep = (data: ProjectDraft['data']): void =>
    projects.updateDraft(projectId, (draft) =>
      isDeepStrictEqual(draft.dataset, choice) ? { ...draft, data } : draft,
    )
  try {
    keep(null)
    const outDir = projectLayout(projects.row(projectId).dir).data
    const request = ImportRequest.parse({ ...choice, outDir })
    for await (const event of app.inspector.stream('importDataset', request, { signal })) {
      if (event.kind === 'done') keep(event)
      yield event
    }
  } catch (error) {
    // Nothing was begun, so what was read before is still there.
    if (error instanceof AppError && error.data['requested'] === 'importDataset') keep(before)
    throw error
  } finally {
    letGo()
    release()
    uploads.clear()
  }
}
