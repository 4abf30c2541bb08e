import { join } from 'node:path'
import type { AppContract } from '../contract/app.ts'
import { AppError } from '../contract/errors.ts'
import type { Handlers } from '../ipc/server.ts'
import type { App } from './app.ts'
import { describeMachine } from './machine.ts'
import { createRunBoard } from './runs/run-board.ts'
import { watchHome, watchRun } from './runs/run-views.ts'
import { describeStarter, newProjectDir, starterSetup } from './starter.ts'

/** The app's contract → its services, a line each. One board for all windows. */
export function createHandlers(app: App, dataDir: string): Handlers<AppContract> {
  const board = createRunBoard(app)
  const projectsDir = join(dataDir, 'projects')
  return {
    calls: {
      machine: () => describeMachine(dataDir),
      engine: (_, signal) => app.engine.call('describe', {}, { signal }),
      starter: () => describeStarter(),
      startStarter: (choice) => {
        if (!board.live()) {
          board.start({
            projectDir: newProjectDir(projectsDir, 'starter'),
            setup: () => starterSetup(choice),
          })
          return {}
        }
        throw new AppError(
          'BUSY',
          'A run is already going on. Wait for it or stop it, then start the starter.',
        )
      },
      resumeRun: ({ runId }) => {
        const run = app.store.run(runId)
        const project = run && app.store.project(run.projectId)
        if (!project)
          throw new AppError('BAD_INPUT', `Expected the number of a recorded run, found ${runId}.`, { runId })
        board.start({ projectDir: project.dir })
        return {}
      },
      stopRun: async ({ runId }) => {
        await board.stop(runId)
        return {}
      },
    },
    streams: {
      home: (_, signal) => watchHome(app.store, board, signal),
      run: ({ runId }, signal) => watchRun(app.store, board, runId, signal),
    },
  }
}
