import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { ProjectView } from '../../../src/contract/app/projects.ts'
import type { HomeView } from '../../../src/contract/app/runs.ts'
import { createApp } from '../../../src/main/app.ts'
import { serviceHandlers } from '../../../src/main/handlers.ts'
import { createServices } from '../../../src/main/services.ts'

const { signal } = new AbortController()

/** The app's own handlers over a record and engines of their own; gone when the test ends. */
export function openProgram() {
  const home = mkdtempSync(join(tmpdir(), 'spin-projects-'))
  const app = createApp({ dataDir: join(home, 'data') })
  const services = createServices(app, join(home, 'data'))
  const handlers = serviceHandlers(services)
  onTestFinished(async () => {
    await app.dispose()
    rmSync(home, { recursive: true, force: true })
  })
  const { calls } = handlers
  const view = async (projectId: string): Promise<ProjectView> => {
    for await (const now of handlers.streams.project({ projectId }, signal)) return now
    throw new Error('the stream of a project ended without a view')
  }
  return {
    home,
    app,
    services,
    view,
    homeView: async (): Promise<HomeView> => {
      for await (const now of handlers.streams.home({}, signal)) return now
      throw new Error('the stream of Home ended without a view')
    },
    resume: async (runId: number) => calls.resumeRun({ runId }, signal),
    names: () => app.store.projectPage(100).map(({ name }) => name),
    create: async (name: string | null = null) => (await calls.createProject({ name }, signal)).projectId,
    rename: (projectId: string, name: string) => calls.renameProject({ projectId, name }, signal),
    duplicate: async (projectId: string) => (await calls.duplicateProject({ projectId }, signal)).projectId,
    remove: (projectId: string, withFiles = true) => calls.deleteProject({ projectId, withFiles }, signal),
    disk: (projectId: string) => calls.projectDisk({ projectId }, signal),
    open: async (dir: string) => (await calls.openProject({ dir }, signal)).projectId,
    chooseModel: (projectId: string, modelDir: string) => calls.chooseModel({ projectId, modelDir }, signal),
    models: async (projectId: string | null = null) => (await calls.models({ projectId }, signal)).models,
    modelDisk: async (dirs: string[]) => (await calls.modelDisk({ dirs }, signal)).sizes,
  }
}
