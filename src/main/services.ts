import { join } from 'node:path'
import type { App } from './app.ts'
import { createChangeBell, type ChangeBell } from './change-bell.ts'
import { createProjects, type Projects } from './projects/projects.ts'
import { createRunBoard, type RunBoard } from './runs/run-board.ts'

/** What the handlers of every slice share: one of each for all windows. */
export interface Services {
  app: App
  dataDir: string
  projectsDir: string
  bell: ChangeBell
  board: RunBoard
  projects: Projects
}

export function createServices(app: App, dataDir: string): Services {
  const projectsDir = join(dataDir, 'projects')
  const bell = createChangeBell()
  const board = createRunBoard(app, bell)
  const projects = createProjects({
    store: app.store,
    inspector: app.inspector,
    projectsDir,
    bell,
    liveRun: () => board.live()?.runId ?? null,
  })
  return { app, dataDir, projectsDir, bell, board, projects }
}
