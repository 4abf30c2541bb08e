import { setTimeout as pause } from 'node:timers/promises'
import type { HomeView, RunView, StepColumns } from '../../contract/app.ts'
import { AppError } from '../../contract/errors.ts'
import type { Store } from '../store/store.ts'
import type { RunBoard } from './run-board.ts'
import { summarizeRun } from './run-summary.ts'

const runsShown = 100
const eventsShown = 50
const stepsPerPage = 2000
/** At most two views a second; another program that writes the same record is noticed within two seconds. */
const shortestGapMs = 500
const longestGapMs = 2000

/** Now, and again whenever it changed, until the signal is aborted. */
export async function* watchHome(
  store: Store,
  board: RunBoard,
  signal: AbortSignal,
): AsyncGenerator<HomeView> {
  let last = ''
  while (!signal.aborted) {
    const live = board.live()
    const view: HomeView = {
      runs: store.runPage(runsShown).map((row) => summarizeRun(store, row, live?.runId ?? null)),
      liveRun: live?.runId ?? null,
      progress: live?.progress ?? null,
      starting: live !== null && live.runId === null,
      startProblem: board.startProblem(),
    }
    const text = JSON.stringify(view)
    if (text !== last) yield view
    last = text
    await nextLook(board, signal)
  }
}

/** The run's state whenever it changed; each training step is sent once. Throws BAD_INPUT for an unknown run. */
export async function* watchRun(
  store: Store,
  board: RunBoard,
  runId: number,
  signal: AbortSignal,
): AsyncGenerator<RunView> {
  const sent = new Map<number, number>() // iteration → last step
  let last = ''
  while (!signal.aborted) {
    const row = store.run(runId)
    if (!row)
      throw new AppError(
        'BAD_INPUT',
        `Expected the number of a recorded run, found ${runId}. Open it from the list.`,
        { runId },
      )
    const live = board.live()
    const mine = live?.runId === runId ? live : null
    const run = summarizeRun(store, row, live?.runId ?? null)
    const steps = newSteps(store, runId, run.plannedIterations, sent)
    const view: RunView = {
      run,
      stages: store
        .stages(runId)
        .map(({ iteration, name, state, seconds }) => ({ iteration, name, state, seconds })),
      progress: mine?.progress ?? null,
      lastStep: mine?.lastStep ?? null,
      steps,
      events: store
        .eventPage(runId, eventsShown)
        .map(({ id, createdAt, level, message }) => ({ id, at: createdAt, level, message })),
    }
    const text = JSON.stringify({ ...view, steps: null })
    if (text !== last || steps.length > 0) yield view
    last = text
    await nextLook(board, signal)
  }
}

async function nextLook(board: RunBoard, signal: AbortSignal): Promise<void> {
  const since = performance.now()
  await board.changed(longestGapMs, signal)
  const rest = shortestGapMs - (performance.now() - since)
  if (rest > 0 && !signal.aborted) await pause(rest)
}

function newSteps(store: Store, runId: number, iterations: number, sent: Map<number, number>): StepColumns[] {
  const found: StepColumns[] = []
  for (let iteration = 0; iteration < iterations; iteration++) {
    const rows = store.metricsPage(runId, iteration, stepsPerPage, sent.get(iteration) ?? -1)
    const lastRow = rows.at(-1)
    if (!lastRow) continue
    sent.set(iteration, lastRow.step)
    found.push({
      iteration,
      step: Float32Array.from(rows, (row) => row.step),
      loss: Float32Array.from(rows, (row) => row.spinLoss),
      rewardReal: Float32Array.from(rows, (row) => row.rewardReal),
      rewardGenerated: Float32Array.from(rows, (row) => row.rewardGenerated),
      accuracy: Float32Array.from(rows, (row) => row.accuracy),
    })
  }
  return found
}
