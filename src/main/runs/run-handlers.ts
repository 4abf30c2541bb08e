import { existsSync } from 'node:fs'
import type { runsContract } from '../../contract/app/runs.ts'
import { AppError } from '../../contract/errors.ts'
import type { Handlers } from '../../ipc/server.ts'
import { projectLayout } from '../loop/project-layout.ts'
import { acquireProjectLock } from '../loop/project-lock.ts'
import { describeStarter, starterSetup } from '../starter.ts'
import type { Services } from '../services.ts'
import { olderEvents } from './run-event-pages.ts'
import { watchHome, watchRun } from './run-views.ts'
import { nameWords } from '../../strings/names.ts'
import { runLogWords } from '../../strings/run-log.ts'

export function createRunHandlers({
  app,
  benchmarks,
  bell,
  board,
  judgings,
  projects,
  starterDir,
}: Services): Handlers<typeof runsContract> {
  return {
    calls: {
      starter: () => describeStarter(starterDir),
      startStarter: (choice) => {
        if (board.live()) {
          throw new AppError(
            'BUSY',
            'A run is already going on. Wait for it or stop it, then start the starter.',
          )
        }
        const projectId = projects.create(nameWords.starterProject)
        const { dir, name } = projects.row(projectId)
        board.start({ projectDir: dir, name, setup: () => starterSetup(choice, starterDir) })
        return { projectId }
      },
      resumeRun: ({ runId }) => {
        const run = app.store.run(runId)
        const project = run && app.store.project(run.projectId)
        if (!project)
          throw new AppError('BAD_INPUT', `Expected the number of a recorded run, found ${runId}.`, { runId })
        // A new folder would be made, and everything in it again: days of work, for a disk that is not connected.
        if (run.startedAt !== null && !existsSync(project.dir))
          throw new AppError(
            'FILE_NOT_FOUND',
            `The folder of this project, ${project.dir}, is not there. Put it back or connect its disk, then resume; to begin anew, duplicate the project.`,
            { path: project.dir },
          )
        board.start({ projectDir: project.dir })
        return {}
      },
      stopRun: async ({ runId }) => {
        await board.stop(runId)
        return {}
      },
      cancelRun: async ({ runId }) => {
        await board.stop(runId)
        const run = app.store.run(runId)
        if (!run || run.state === 'finished') {
          throw new AppError(
            'BAD_INPUT',
            `Expected a run that is not finished, found ${run ? 'a finished one' : 'none'}. Open it from the list.`,
            { runId },
          )
        }
        const dir = app.store.project(run.projectId)?.dir ?? ''
        // A run that another program is at goes on, whatever the record says.
        const release = existsSync(dir) ? acquireProjectLock(projectLayout(dir).lock) : () => undefined
        app.store.interruptRun(runId, 'paused', 'CANCELLED', runLogWords.cancelled)
        release()
        bell.ring()
        return {}
      },
      runEvents: (request) => olderEvents(app.store, request),
    },
    streams: {
      home: (_, signal) => watchHome({ store: app.store, board, benchmarks, judgings, bell }, signal),
      run: (request, signal) => watchRun(app.store, board, bell, request, signal),
    },
  }
}
