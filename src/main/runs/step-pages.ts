import type { StepColumns } from '../../contract/app/runs.ts'
import type { MetricsRow } from '../store/measurement-queries.ts'
import type { Store } from '../store/store.ts'

export const stepsPerPage = 2000

export interface StepPages {
  /** At most one page of one iteration that was not given yet; null = all were. */
  next(): StepColumns | null
}

/** The recorded steps of a run, each once: 100,000 of them arrive as 50 pages, not as one answer that stops everything. */
export function createStepPages(store: Store, runId: number, iterations: readonly number[]): StepPages {
  const given = new Map<number, { step: number; seconds: number }>()
  return {
    next() {
      for (const iteration of iterations) {
        const before = given.get(iteration) ?? { step: -1, seconds: 0 }
        const rows = store.metricsPage(runId, iteration, stepsPerPage, before.step)
        const last = rows.at(-1)
        if (!last) continue
        const page = toColumns(iteration, rows, before.seconds)
        given.set(iteration, {
          step: last.step,
          seconds: before.seconds + total(rows, (row) => row.stepMs / 1000),
        })
        return page
      }
      return null
    },
  }
}

function toColumns(iteration: number, rows: readonly MetricsRow[], from: number): StepColumns {
  const column = (of: (row: MetricsRow) => number | null) =>
    Float32Array.from(rows, (row) => of(row) ?? Number.NaN)
  let seconds = from
  return {
    iteration,
    totalSteps: rows.at(-1)?.totalSteps ?? 0,
    step: column((row) => row.step),
    seconds: column((row) => (seconds += row.stepMs / 1000)),
    loss: column((row) => row.spinLoss),
    nll: column((row) => row.nll),
    rewardReal: column((row) => row.rewardReal),
    rewardGenerated: column((row) => row.rewardGenerated),
    margin: column((row) => row.margin),
    accuracy: column((row) => row.accuracy),
    // Of a skipped step it was no number.
    gradNorm: column((row) => (row.lossScale && row.gradNorm === 0 ? null : row.gradNorm)),
    lr: column((row) => row.lr),
    tokensPerSecond: column((row) => row.tokensPerSecond),
    entropy: column((row) => row.entropy),
    kl: column((row) => row.kl),
  }
}

const total = (rows: readonly MetricsRow[], of: (row: MetricsRow) => number): number =>
  rows.reduce((sum, row) => sum + of(row), 0)
