import type { LiveProgress, Throughput } from '../../contract/app.ts'
import type { StepMetrics } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import type { LoopEvent, LoopSetup } from '../../contract/project.ts'
import type { App } from '../app.ts'
import type { ChangeBell } from '../change-bell.ts'
import { createRunLog } from './run-log.ts'
import { createThroughputLog } from './throughput.ts'
import { createTrainingPace } from './training-pace.ts'
import { progressWords } from '../../strings/progress.ts'

export interface LiveRun {
  runId: number | null // null until the loop has opened its run
  progress: LiveProgress | null
  lastStep: (StepMetrics & { iteration: number }) | null
  /** A stop was asked for. */
  pausing: boolean
}

export interface RunBoard {
  live(): LiveRun | null
  /** The folder of the live run, from the moment of its start: while it has no number yet as well. */
  liveDir(): string | null
  /** Why the last start ended before it became a run. */
  startProblem(): string | null
  /** Called when a run has ended, however short it was; returns what ends it. */
  onEnd(listener: (ended: LiveRun) => void): () => void
  /** Of what this program has done for the run. */
  throughput(runId: number): Throughput | null
  /** Starts a loop and returns at once. Throws BUSY while one runs. */
  start(options: { projectDir: string; name?: string; setup?: () => Promise<LoopSetup> }): void
  /** Ends the live run and waits for it. Does nothing when it is not that run. */
  stop(runId: number): Promise<void>
}

/** Before a stage says itself what it is at. */
const beginning = ({ iteration, stage }: Extract<LoopEvent, { kind: 'stage' }>): LiveProgress => ({
  iteration,
  stage,
  what: progressWords.preparing[stage],
  done: 0,
  total: 0,
  unit: '',
  rate: null,
  tokensPerSecond: null,
})

/** The one run of this program: what it is at, beside what the store has recorded of it. */
export function createRunBoard(app: App, bell: ChangeBell): RunBoard {
  let live: LiveRun | null = null
  let liveDir: string | null = null
  let problem: string | null = null
  const endListeners = new Set<(ended: LiveRun) => void>()
  let abort = new AbortController()
  let ended: Promise<void> = Promise.resolve()
  // Of the program, not of one start: a pause leaves a gap, not an empty chart.
  const throughputs = new Map<number, ReturnType<typeof createThroughputLog>>()

  function throughputOf(runId: number): ReturnType<typeof createThroughputLog> {
    const known = throughputs.get(runId) ?? createThroughputLog()
    throughputs.set(runId, known)
    return known
  }

  function createNoter(at: LiveRun): (event: LoopEvent) => void {
    const log = createRunLog(app.store)
    const pace = createTrainingPace()
    return (event) => {
      if (event.kind === 'run') at.runId = event.runId
      if (event.kind === 'stage') at.progress = event.state === 'started' ? beginning(event) : null
      if (event.kind === 'engine' && event.event.kind === 'progress') {
        const { stage: what, done, total, unit, rate, tokensPerSecond, devices } = event.event
        const { iteration, stage } = event
        const shared = devices && { devices }
        at.progress = { iteration, stage, what, done, total, unit, rate, tokensPerSecond, ...shared }
      }
      if (event.kind === 'engine' && event.event.kind === 'step') {
        const { iteration, stage, event: step } = event
        at.lastStep = { ...step, iteration }
        at.progress = {
          iteration,
          stage,
          what: progressWords.training,
          done: step.step,
          total: step.totalSteps,
          unit: progressWords.units.steps,
          rate: pace.after(step),
          tokensPerSecond: step.tokensPerSecond,
        }
      }
      if (at.runId !== null && event.kind === 'engine')
        throughputOf(at.runId).add(Date.now(), at.progress?.tokensPerSecond ?? null)
      log.note(event)
      bell.ring()
    }
  }

  async function work(
    at: LiveRun,
    { projectDir, name, setup }: Parameters<RunBoard['start']>[0],
  ): Promise<void> {
    try {
      const { signal } = abort
      await app.runLoop({ projectDir, name, setup: await setup?.(), signal, onEvent: createNoter(at) })
    } catch (error) {
      const cancelled = error instanceof AppError && error.code === 'CANCELLED'
      // A run that was opened has its failure in the record; one that was not has only us to tell of it.
      if (at.runId === null && !cancelled) problem = error instanceof Error ? error.message : String(error)
      if (!(error instanceof AppError)) console.error(error)
    } finally {
      live = null
      liveDir = null
      for (const listener of endListeners) listener(at)
      bell.ring()
    }
  }

  return {
    live: () => live,
    liveDir: () => liveDir,
    startProblem: () => problem,
    throughput: (runId) => throughputs.get(runId)?.view() ?? null,
    onEnd(listener) {
      endListeners.add(listener)
      return () => endListeners.delete(listener)
    },
    start(options) {
      if (live)
        throw new AppError(
          'BUSY',
          'A run is already going on in this program. Wait for it or stop it, then try again.',
        )
      const at: LiveRun = { runId: null, progress: null, lastStep: null, pausing: false }
      live = at
      liveDir = options.projectDir
      problem = null
      abort = new AbortController()
      ended = work(at, options)
      bell.ring()
    },
    async stop(runId) {
      if (live?.runId !== runId) return
      live.pausing = true
      bell.ring()
      abort.abort()
      await ended
    },
  }
}
