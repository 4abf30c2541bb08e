import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp, type App } from '../../../src/main/app.ts'
import { createHandlers } from '../../../src/main/handlers.ts'

export const starterDir = join(import.meta.dirname, '../../../resources/starter')
export const { signal } = new AbortController()

export interface PreparedProject {
  app: App
  handlers: ReturnType<typeof createHandlers>
  dataDir: string
  projectId: string
  dispose(): Promise<void>
}

/** A project with the starter model and some of its rows, read by the real engine. */
export async function prepareProject(rows: number): Promise<PreparedProject> {
  const dataDir = mkdtempSync(join(tmpdir(), 'plans-'))
  const app = createApp({ dataDir })
  const handlers = createHandlers(app, dataDir)
  const { projectId } = await handlers.calls.createProject({ name: 'Plans' }, signal)
  await handlers.calls.chooseModel({ projectId, modelDir: join(starterDir, 'model') }, signal)
  await handlers.calls.chooseDataset(
    {
      projectId,
      choice: {
        sources: [join(starterDir, 'dataset')],
        mapping: null,
        testShare: 0.1,
        seed: 42,
        limit: rows,
        keepRejected: false,
      },
    },
    signal,
  )
  for await (const event of handlers.streams.importDataset({ projectId }, signal)) void event
  return {
    app,
    handlers,
    dataDir,
    projectId,
    async dispose() {
      await app.dispose()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
