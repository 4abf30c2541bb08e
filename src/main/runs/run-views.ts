import type { HomeView, RunView, StepColumns } from '../../contract/app.ts'
import { AppError } from '../../contract/errors.ts'
import type { Store } from '../store/store.ts'
import type { ChangeBell } from '../change-bell.ts'
import { nextLook, watchView } from '../watch-view.ts'
import { listProjects } from './project-summary.ts'
import type { RunBoard } from './run-board.ts'
import { summarizeRun } from './run-summary.ts'

const projectsShown = 200
const runsShown = 100
const eventsShown = 50
const stepsPerPage = 2000
/** Now, and again whenever it changed, until the signal is aborted. */
export function watchHome(
  store: Store,
  board: RunBoard,
  bell: ChangeBell,
  signal: AbortSignal,
): AsyncGenerator<HomeView> {
  const look = (): HomeView => {
    const live = board.live()
    return {
      projects: listProjects(store, projectsShown),
      runs: store.runPage(runsShown).map((row) => summarizeRun(store, row, live?.runId ?? null)),
      liveRun: live?.runId ?? null,
      progress: live?.progress ?? null,
      starting: live !== null && live.runId === null,
      startProblem: board.startProblem(),
    }
  }
  return watchView(bell, look, signal)
}

/** The run's state whenever it changed; each training step is sent once. Throws BAD_INPUT for an unknown run. */
export async function* watchRun(
  store: Store,
  board: RunBoard,
  bell: ChangeBell,
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
    await nextLook(bell, signal)
  }
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
