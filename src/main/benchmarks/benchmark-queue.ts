import { mkdirSync } from 'node:fs'
import type { Progress } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import { benchmarkWords } from '../../strings/benchmarks.ts'
import type { ChangeBell } from '../change-bell.ts'
import type { EngineAccess } from '../loop/engine-access.ts'
import { fromPortable, toPortable } from '../loop/portable-paths.ts'
import { acquireProjectLock } from '../loop/project-lock.ts'
import type { Projects } from '../projects/projects.ts'
import { openRecord } from '../results/results.ts'
import type { RunBoard } from '../runs/run-board.ts'
import { readBenchmarkSettings } from '../runs/recorded-json.ts'
import type { BenchmarkRow } from '../store/benchmark-queries.ts'
import type { Store } from '../store/store.ts'
import { evaluationLock } from './evaluation-files.ts'

export interface LiveEvaluation {
  id: number
  progress: Progress | null
}

export interface BenchmarkQueue {
  /** The evaluation at work, of any run. */
  live(): LiveEvaluation | null
  /** Called when one has ended by itself, done or failed; returns what ends it. */
  onEnd(listener: (id: number) => void): () => void
  /** Looks whether one of those that wait can be begun. */
  pump(): void
  /** Ends the one at work behind the question in flight, and waits for it; `id` = only when it is that one. */
  stop(id: number, as: 'paused' | 'removed'): Promise<void>
  /** Lets the one at work wait for the next start of the program, and begins none. */
  close(): Promise<void>
}

interface AtWork extends LiveEvaluation {
  abort: AbortController
  /** What it becomes when it was stopped. */
  as: 'paused' | 'waiting' | 'removed'
  ended: Promise<void>
}

const saveSecondsEveryMs = 5000
const busyRetryMs = 2000

/**
 * Evaluations one after another on the third engine, in the order of asking. An evaluation waits while a self-play run is at
 * work, and gives way to one that starts, unless it was asked for beside it. The record has every state before it is true, so
 * that a program that was killed finds out: what was at work is then `paused`, what waited still waits.
 */
export function createBenchmarkQueue({
  store,
  evaluator,
  bell,
  board,
  projects,
}: {
  store: Store
  evaluator: EngineAccess
  bell: ChangeBell
  board: RunBoard
  projects: Projects
}): BenchmarkQueue {
  let current: AtWork | null = null
  let closed = false
  /** The engine was at another job a moment ago. */
  let isBusy = false
  const endListeners = new Set<(id: number) => void>()
  recover(store)
  const stopListening = board.onEnd(() => pump())

  function pump(): void {
    if (closed || current || isBusy) return
    const hasRun = board.live() !== null
    const next = store.benchmarksIn('waiting').find(({ besideRun }) => besideRun === 1 || !hasRun)
    if (next) begin(next)
  }

  function begin(row: BenchmarkRow): void {
    const abort = new AbortController()
    const at: AtWork = { id: row.id, progress: null, abort, as: 'paused', ended: Promise.resolve() }
    current = at
    store.setBenchmarkState(row.id, 'running')
    if (row.besideRun === 0) void giveWay(at)
    at.ended = work(at, row).finally(() => {
      abort.abort() // ends the watch for a run
      current = null
      tellEnd(row.id)
      bell.ring()
      pump()
    })
    bell.ring()
  }

  function tryLater(): void {
    isBusy = true
    setTimeout(() => {
      isBusy = false
      pump()
    }, busyRetryMs).unref()
  }

  function tellEnd(id: number): void {
    const state = store.benchmark(id)?.state
    if (state === 'done' || state === 'failed') for (const listener of endListeners) listener(id)
  }

  /** A run that starts has the machine: the evaluation goes on behind it. */
  async function giveWay(at: AtWork): Promise<void> {
    while (!at.abort.signal.aborted) {
      if (board.live()) {
        at.as = 'waiting'
        at.abort.abort()
      } else await bell.next(busyRetryMs, at.abort.signal)
    }
  }

  async function work(at: AtWork, row: BenchmarkRow): Promise<void> {
    const clock = createClock((seconds) => store.addBenchmarkSeconds(row.id, seconds))
    let release = (): void => undefined
    try {
      release = hold(row)
      await measure(at, row, clock.tick)
    } catch (error) {
      noteEnd(at, row, error)
    } finally {
      clock.end()
      release()
    }
  }

  function hold({ runId, outDir }: BenchmarkRow): () => void {
    const { row, projectDir } = openRecord(store, runId)
    const dir = fromPortable(outDir, projectDir) as string
    mkdirSync(dir, { recursive: true })
    const unlock = acquireProjectLock(evaluationLock(dir))
    const letGo = projects.hold(row.projectId, benchmarkWords.isMeasured)
    return () => {
      letGo()
      unlock()
    }
  }

  async function measure(at: AtWork, row: BenchmarkRow, tick: () => void): Promise<void> {
    const { projectDir } = openRecord(store, row.runId)
    const here = (path: string): string => fromPortable(path, projectDir) as string
    const request = {
      modelDir: here(row.modelDir),
      dataDir: row.dataDir,
      outDir: here(row.outDir),
      settings: readBenchmarkSettings(row.settings, projectDir),
    }
    for await (const event of evaluator.stream('benchmark', request, { signal: at.abort.signal })) {
      tick()
      if (event.kind === 'progress') at.progress = event
      else if (event.kind === 'task') store.saveBenchmarkScores(row.id, event.scores)
      else if (event.kind === 'log') noteWarning(row, event)
      else {
        const result = JSON.stringify(toPortable(event, projectDir))
        const { modelSha256 } = event.provenance
        store.finishBenchmark(row.id, { result, modelSha256, scores: event.scores }, Date.now())
      }
      bell.ring()
    }
    if (store.benchmark(row.id)?.state === 'running')
      throw new AppError('INTERNAL', 'The engine ended the evaluation without a result.')
  }

  function noteWarning({ runId }: BenchmarkRow, event: { level: 'info' | 'warning'; message: string }): void {
    if (event.level === 'info') return
    store.saveEvent({ runId, createdAt: Date.now(), level: 'warning', message: event.message, data: '{}' })
  }

  function noteEnd(at: AtWork, { id }: BenchmarkRow, error: unknown): void {
    if (store.benchmark(id)?.state !== 'running') return // done in the same moment
    if (at.abort.signal.aborted) {
      if (at.as !== 'removed') store.setBenchmarkState(id, at.as)
    } else if (error instanceof AppError && error.code === 'BUSY' && 'running' in error.data) {
      store.setBenchmarkState(id, 'waiting')
      tryLater()
    } else {
      if (!(error instanceof AppError)) console.error(error)
      store.setBenchmarkState(id, 'failed', error instanceof Error ? error.message : String(error))
    }
  }

  return {
    live: () => current && { id: current.id, progress: current.progress },
    pump,
    onEnd(listener) {
      endListeners.add(listener)
      return () => endListeners.delete(listener)
    },
    async stop(id, as) {
      if (current?.id !== id) return
      current.as = as
      current.abort.abort()
      await current.ended
    },
    async close() {
      closed = true
      stopListening()
      if (!current) return
      current.as = 'waiting'
      current.abort.abort()
      await current.ended
    },
  }
}

/** What another program left `running` when it was killed; one that is alive still has the lock. */
function recover(store: Store): void {
  for (const row of store.benchmarksIn('running')) {
    if (isAtWorkElsewhere(store, row)) continue
    store.setBenchmarkState(row.id, 'paused', benchmarkWords.interrupted)
  }
}

function isAtWorkElsewhere(store: Store, { runId, outDir }: BenchmarkRow): boolean {
  try {
    const dir = fromPortable(outDir, openRecord(store, runId).projectDir) as string
    mkdirSync(dir, { recursive: true })
    acquireProjectLock(evaluationLock(dir))()
    return false
  } catch (error) {
    if (error instanceof AppError && error.code === 'BUSY') return true
    console.error(error) // a folder that cannot be written says so again when the evaluation goes on
    return false
  }
}

/** Adds the time at work to the record now and then: a kill costs some seconds of it at most. */
function createClock(add: (seconds: number) => void): { tick(): void; end(): void } {
  let since = performance.now()
  const save = (): void => {
    const now = performance.now()
    add((now - since) / 1000)
    since = now
  }
  return {
    tick: () => {
      if (performance.now() - since >= saveSecondsEveryMs) save()
    },
    end: save,
  }
}
