import type { HomeView, RunEstimate, RunView } from '../../contract/app.ts'
import type { RunForecast } from '../../contract/app/projects.ts'
import type { Progress } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import { Decision, type LoopSetup, sftIteration } from '../../contract/project.ts'
import type { MetricsRow } from '../store/measurement-queries.ts'
import type { RunRow } from '../store/run-queries.ts'
import type { Store } from '../store/store.ts'
import type { BenchmarkQueue } from '../benchmarks/benchmark-queue.ts'
import type { ChangeBell } from '../change-bell.ts'
import type { Judgings } from '../judge/judgings.ts'
import { nextLook, watchView } from '../watch-view.ts'
import { fractionGroups } from './fraction-groups.ts'
import { plannedStages } from './planned-stages.ts'
import { listProjects } from './project-summary.ts'
import type { LiveRun, RunBoard } from './run-board.ts'
import { readDraft, readSetup, unlessUnreadable } from './recorded-json.ts'
import { newestEvents } from './run-event-pages.ts'
import { planOf } from './run-plan.ts'
import { summarizeRun } from './run-summary.ts'
import { createStepPages } from './step-pages.ts'

const projectsShown = 200
const runsShown = 100
const eventsShown = 50
const minuteMs = 60_000

export interface HomeSources {
  store: Store
  board: RunBoard
  benchmarks: Pick<BenchmarkQueue, 'live'>
  judgings: Pick<Judgings, 'atWork'>
  bell: ChangeBell
}

/** Now, and again whenever it changed, until the signal is aborted. */
export function watchHome(
  { store, board, benchmarks, judgings, bell }: HomeSources,
  signal: AbortSignal,
): AsyncGenerator<HomeView> {
  const look = (): HomeView => {
    const live = board.live()
    const row = live && live.runId !== null ? store.run(live.runId) : undefined
    return {
      projects: listProjects(store, projectsShown),
      runs: store
        .runPage(runsShown)
        .flatMap((run) => unlessUnreadable(() => summarizeRun(store, run, live?.runId ?? null), [])),
      liveRun: live?.runId ?? null,
      progress: live?.progress ?? null,
      estimate: row ? outlook(store, row, live).estimate : null,
      pausing: live?.pausing ?? false,
      starting: live !== null && live.runId === null,
      startProblem: board.startProblem(),
      evaluation: evaluationAtWork(store, benchmarks),
      judging: judgingAtWork(store, judgings),
    }
  }
  return watchView(bell, look, signal)
}

function evaluationAtWork(store: Store, benchmarks: Pick<BenchmarkQueue, 'live'>): HomeView['evaluation'] {
  const live = benchmarks.live()
  const row = live && store.benchmark(live.id)
  const run = row && store.run(row.runId)
  if (!run) return null
  return { projectId: run.projectId, iteration: row.iteration, ...howFar(live.progress) }
}

function judgingAtWork(store: Store, judgings: Pick<Judgings, 'atWork'>): HomeView['judging'] {
  const live = judgings.atWork()
  const row = live && store.judging(live.id)
  const run = row && store.run(row.runId)
  return run ? { projectId: run.projectId, iteration: live.iteration, ...howFar(live.progress) } : null
}

function howFar(progress: Progress | null): { share: number | null; secondsLeft: number | null } {
  const { done, total, rate } = progress ?? { done: 0, total: 0, rate: null }
  return { share: total > 0 ? done / total : null, secondsLeft: rate ? (total - done) / rate : null }
}

/**
 * The run's state whenever it changed; each training step is sent once, a page an event and as fast as the reader takes
 * them. Throws BAD_INPUT for an unknown run.
 */
export async function* watchRun(
  store: Store,
  board: RunBoard,
  bell: ChangeBell,
  { runId, steps }: { runId: number; steps: boolean },
  signal: AbortSignal,
): AsyncGenerator<RunView> {
  const row = rowOf(store, runId)
  const { plan } = readSetup(row.setup, store.project(row.projectId)?.dir ?? '')
  const iterations = [...plan.iterations.keys(), ...(plan.compareSft ? [sftIteration] : [])]
  const pages = createStepPages(store, runId, steps ? iterations : [])
  let last = ''
  let page = pages.next()
  while (!signal.aborted) {
    const view = lookAtRun(store, board, runId)
    const text = JSON.stringify(view)
    if (text !== last && !page) yield view
    last = text
    while (page && !signal.aborted) {
      const following = pages.next()
      yield { ...view, steps: [page], moreSteps: following !== null }
      page = following
    }
    await nextLook(bell, signal)
    page = pages.next()
  }
}

function lookAtRun(store: Store, board: RunBoard, runId: number): RunView {
  const row = rowOf(store, runId)
  const live = board.live()
  const mine = live?.runId === runId ? live : null
  const { setup, trainRows, testRows, stages, estimate } = outlook(store, row, mine)
  const run = summarizeRun(store, row, live?.runId ?? null)
  const { events, counts } = newestEvents(store, runId, eventsShown)
  return {
    run,
    plan: planOf(setup.plan),
    stages,
    estimate,
    bestSoFar: row.bestIteration ?? bestOf(store, runId),
    progress: mine?.progress ?? null,
    pausing: mine?.pausing ?? false,
    fractions: fractionGroups(store, runId, {
      iterations: setup.plan.iterations.length,
      fracLen: setup.plan.fracLen,
      trainRows,
      testRows,
    }),
    throughput: board.throughput(runId),
    lastStep: mine?.lastStep ? shownStep(mine.lastStep) : lastRecordedStep(store, runId, setup),
    steps: [],
    moreSteps: false,
    events,
    eventCounts: counts,
  }
}

/** What is planned, how far it is, and when it ends. */
export function outlook(store: Store, row: RunRow, live: LiveRun | null) {
  const projectDir = store.project(row.projectId)?.dir ?? ''
  const setup = readSetup(row.setup, projectDir)
  const dataset = store.datasets(row.projectId).at(-1)
  const trainRows = dataset?.trainRows ?? null
  const testRows = dataset?.testRows ?? null
  const stages = plannedStages({
    plan: setup.plan,
    imports: setup.data.kind === 'import',
    trainRows,
    testRows,
    recorded: store
      .stages(row.id)
      .map(({ iteration, name, state, seconds }) => ({ iteration, name, state, seconds })),
    progress: live?.progress ?? null,
    savedRows: (iteration) => savedRows(store, row.id, iteration),
    lastStep: (iteration) => store.lastMetrics(row.id, iteration) ?? null,
    forecast: forecastOf(store, row.projectId, projectDir),
  })
  const at = live?.progress
  const isOver = row.state === 'finished'
  const left = stages.map((stage) => stage.secondsLeft)
  const secondsLeft = isOver
    ? 0
    : left.includes(null)
      ? null
      : left.reduce<number>((sum, seconds) => sum + (seconds ?? 0), 0)
  const estimate: RunEstimate = {
    workedSeconds: stages.reduce((sum, { seconds }) => sum + seconds, 0),
    secondsLeft,
    doneAt:
      live && secondsLeft !== null
        ? Math.round((Date.now() + 1000 * secondsLeft) / minuteMs) * minuteMs
        : null,
    stageShare:
      stages.find(({ iteration, name }) => iteration === at?.iteration && name === at.stage)?.share ?? null,
  }
  return { setup, trainRows, testRows, stages, estimate }
}

/** As it stood when the run was started. */
function forecastOf(store: Store, projectId: string, projectDir: string): RunForecast | null {
  const draft = store.draft(projectId)
  return draft === undefined ? null : unlessUnreadable(() => readDraft(draft, projectDir).forecast, null)
}

function savedRows(store: Store, runId: number, iteration: number): { train: number; test: number } {
  const rows = { train: 0, test: 0 }
  for (const fraction of store.fractions(runId, iteration)) rows[fraction.split] += fraction.rows
  return rows
}

function rowOf(store: Store, runId: number): RunRow {
  const row = store.run(runId)
  if (row) return row
  throw new AppError(
    'BAD_INPUT',
    `Expected the number of a recorded run, found ${runId}. Open it from the list.`,
    {
      runId,
    },
  )
}

function bestOf(store: Store, runId: number): number | null {
  const decided = store.iterations(runId).findLast(({ decision }) => decision !== null)
  return decided ? Decision.parse(JSON.parse(decided.decision!)).best : null
}

function lastRecordedStep(store: Store, runId: number, { plan }: LoopSetup): RunView['lastStep'] {
  for (const iteration of [
    ...(plan.compareSft ? [sftIteration] : []),
    ...[...plan.iterations.keys()].toReversed(),
  ]) {
    const row = store.lastMetrics(runId, iteration)
    if (row) return shownStep({ ...row, iteration })
  }
  return null
}

/** `loss` is the SPIN term alone, as in the curves. */
function shownStep(row: MetricsRow & { iteration: number }): RunView['lastStep'] {
  const { iteration, step, totalSteps, spinLoss, margin, accuracy, gradNorm, lr, tokensPerSecond, epoch } =
    row
  const { lossScale, skippedSteps } = row
  return {
    iteration,
    step,
    totalSteps,
    loss: spinLoss,
    margin,
    accuracy,
    gradNorm,
    lossScale,
    skippedSteps,
    lr,
    tokensPerSecond,
    epoch,
  }
}
