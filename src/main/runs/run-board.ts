import type { LiveProgress } from '../../contract/app.ts'
import type { StepMetrics } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import type { LoopEvent, LoopSetup } from '../../contract/project.ts'
import type { App } from '../app.ts'
import type { ChangeBell } from '../change-bell.ts'

export interface LiveRun {
  runId: number | null // null until the loop has opened its run
  progress: LiveProgress | null
  lastStep: (StepMetrics & { iteration: number }) | null
}

export interface RunBoard {
  live(): LiveRun | null
  /** Why the last start ended before it became a run. */
  startProblem(): string | null
  /** Starts a loop and returns at once. Throws BUSY while one runs. */
  start(options: { projectDir: string; name?: string; setup?: () => Promise<LoopSetup> }): void
  /** Ends the live run and waits for it. Does nothing when it is not that run. */
  stop(runId: number): Promise<void>
}

/** The one run of this program: what it is at, beside what the store has recorded of it. */
export function createRunBoard(app: App, bell: ChangeBell): RunBoard {
  let live: LiveRun | null = null
  let problem: string | null = null
  let abort = new AbortController()
  let ended: Promise<void> = Promise.resolve()

  function note(at: LiveRun, event: LoopEvent): void {
    if (event.kind === 'run') at.runId = event.runId
    if (event.kind === 'stage') at.progress = null
    if (event.kind === 'engine' && event.event.kind === 'progress') {
      const { stage: what, done, total, unit, rate, tokensPerSecond } = event.event
      at.progress = {
        iteration: event.iteration,
        stage: event.stage,
        what,
        done,
        total,
        unit,
        rate,
        tokensPerSecond,
      }
    }
    if (event.kind === 'engine' && event.event.kind === 'step')
      at.lastStep = { ...event.event, iteration: event.iteration }
    bell.ring()
  }

  async function work(
    at: LiveRun,
    { projectDir, name, setup }: Parameters<RunBoard['start']>[0],
  ): Promise<void> {
    try {
      const { signal } = abort
      await app.runLoop({
        projectDir,
        name,
        setup: await setup?.(),
        signal,
        onEvent: (event) => note(at, event),
      })
    } catch (error) {
      const cancelled = error instanceof AppError && error.code === 'CANCELLED'
      // A run that was opened has its failure in the record; one that was not has only us to tell of it.
      if (at.runId === null && !cancelled) problem = error instanceof Error ? error.message : String(error)
      if (!(error instanceof AppError)) console.error(error)
    } finally {
      live = null
      bell.ring()
    }
  }

  return {
    live: () => live,
    startProblem: () => problem,
    start(options) {
      if (live)
        throw new AppError(
          'BUSY',
          'A run is already going on in this program. Wait for it or stop it, then try again.',
        )
      live = { runId: null, progress: null, lastStep: null }
      problem = null
      abort = new AbortController()
      ended = work(live, options)
      bell.ring()
    },
    async stop(runId) {
      if (live?.runId !== runId) return
      abort.abort()
      await ended
    },
  }
}
