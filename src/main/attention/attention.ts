import type { Progress } from '../../contract/engine.ts'
import type { HostServices, Notice } from '../host-services.ts'
import type { BenchmarkQueue } from '../benchmarks/benchmark-queue.ts'
import { hostWords as words } from '../../strings/host.ts'
import type { Judgings } from '../judge/judgings.ts'
import type { PreferenceStore } from '../preferences/preferences.ts'
import type { LiveRun, RunBoard } from '../runs/run-board.ts'
import { outlook } from '../runs/run-views.ts'
import type { BenchmarkRow } from '../store/benchmark-queries.ts'
import type { RunRow } from '../store/run-queries.ts'
import type { Store } from '../store/store.ts'
import type { ChangeBell } from '../change-bell.ts'
import { nextLook } from '../watch-view.ts'
import { runFraction } from './run-fraction.ts'

export interface AttentionParts {
  store: Store
  board: Pick<RunBoard, 'live' | 'startProblem' | 'onEnd'>
  benchmarks: Pick<BenchmarkQueue, 'live' | 'onEnd'>
  judgings: Pick<Judgings, 'atWork'>
  bell: ChangeBell
  preferences: PreferenceStore
  host: HostServices
}

export interface Attention {
  /** The failure on the taskbar has been seen. */
  seen(): void
  end(): Promise<void>
}

/** Watches the live run, and the evaluation and the judging at work, and tells the system: taskbar, sleep, and a notice at their end. */
export function payAttention({
  store,
  board,
  benchmarks,
  judgings,
  bell,
  preferences,
  host,
}: AttentionParts): Attention {
  const ending = new AbortController()
  let fraction = 0
  let shown = 'none'
  let isAwake = false

  function show(state: 'running' | 'paused' | 'failed' | 'none', share = fraction): void {
    // Whole percents: the system redraws its taskbar for every change.
    const percent = Math.round(share * 100)
    const next = `${state} ${state === 'none' ? '' : percent}`
    if (next === shown) return
    shown = next
    host.progress?.(
      state === 'none'
        ? null
        : { fraction: state === 'running' && percent === 0 ? null : percent / 100, state },
    )
  }

  function follow(live: LiveRun): void {
    if (live.runId === null) {
      fraction = 0
      return show('running')
    }
    const row = store.run(live.runId)
    // What is expected of a stage changes as others are measured; a bar that goes back would say that work was lost.
    if (row) fraction = Math.max(fraction, runFraction(outlook(store, row, live).stages))
    show(live.pausing ? 'paused' : 'running')
  }

  function ended(live: LiveRun): void {
    const row = live.runId === null ? undefined : store.run(live.runId)
    const problem = board.startProblem()
    const failed = row ? row.state === 'failed' : problem !== null
    show(failed ? 'failed' : 'none')
    fraction = 0
    if (!preferences.get().notifications) return
    const project = row ? store.project(row.projectId)?.name : undefined
    const notice = row ? noticeOf(row, project ?? '', live.pausing) : startNotice(problem)
    if (notice) host.notify?.(notice)
  }

  /** Those that wait follow by themselves: only the last one is worth a notice, or one that failed. */
  function measured(id: number): void {
    const row = store.benchmark(id)
    if (!row || !preferences.get().notifications) return
    const waiting = store.benchmarksIn('waiting').length
    const notice = row.state === 'failed' || waiting === 0 ? benchmarkNotice(store, row) : null
    if (notice) host.notify?.(notice)
  }

  /** The taskbar has one bar: a run's comes first, and its failure stays until it was seen. */
  function followMeasurement({ progress }: { progress: Progress | null }): void {
    if (!progress) return
    show('running', progress.total > 0 ? progress.done / progress.total : 0)
  }

  function look(): void {
    const live = board.live()
    const measurement = benchmarks.live() ?? judgings.atWork()
    if (live) follow(live)
    else if (measurement && !shown.startsWith('failed')) followMeasurement(measurement)
    else if (shown.startsWith('running')) show('none')
    const awake = (live !== null || measurement !== null) && preferences.get().keepAwake
    if (awake !== isAwake) host.keepAwake?.(awake)
    isAwake = awake
  }

  async function watch(): Promise<void> {
    while (!ending.signal.aborted) {
      carefully(look)
      await nextLook(bell, ending.signal)
    }
  }
  const listeners = [
    board.onEnd((live) => carefully(() => ended(live))),
    benchmarks.onEnd((id) => carefully(() => measured(id))),
  ]
  const watching = watch()
  return {
    seen() {
      if (shown.startsWith('failed')) show('none')
    },
    async end() {
      for (const stopListening of listeners) stopListening()
      ending.abort()
      await watching
      if (isAwake) host.keepAwake?.(false)
      show('none')
    },
  }
}

/** A record that is busy for a moment must not end the program, or a run. */
function carefully(work: () => void): void {
  try {
    work()
  } catch (error) {
    console.error(error)
  }
}

const longestBody = 200

/** Of a pause that a person asked for there is nothing to tell. */
function noticeOf(
  { id, projectId, state, reason, errorMessage }: RunRow,
  project: string,
  wasAsked: boolean,
): Notice | null {
  const body = (text: string | null): string => shorten([project, text].filter(Boolean).join(': '))
  const open = { projectId, runId: id }
  if (state === 'finished') return { title: words.notice.finished(id), body: body(reason), open }
  if (state === 'failed') return { title: words.notice.stopped(id), body: body(errorMessage), open }
  return state === 'paused' && !wasAsked ? { title: words.notice.paused(id), body: body(reason), open } : null
}

function benchmarkNotice(store: Store, { runId, state, problem }: BenchmarkRow): Notice | null {
  const run = store.run(runId)
  const project = run && store.project(run.projectId)
  if (!project) return null
  const title = state === 'failed' ? words.notice.notMeasured(runId) : words.notice.measured(runId)
  const body = shorten([project.name, problem].filter(Boolean).join(': '))
  return { title, body, open: { projectId: project.id, runId } }
}

const startNotice = (problem: string | null): Notice | null =>
  problem === null ? null : { title: words.notice.notStarted, body: shorten(problem), open: null }

function shorten(text: string): string {
  const [firstLine = ''] = text.split('\n')
  return firstLine.length > longestBody ? `${firstLine.slice(0, longestBody - 1)}…` : firstLine
}
