import type { RunCurve } from '../../contract/app/compare.ts'
import type { MetricsRow } from '../store/measurement-queries.ts'
import type { Store } from '../store/store.ts'

const mostPoints = 400
const stepsPerPage = 2000

/** The curves of a run's iterations, each thinned to at most 400 means of neighbouring steps. */
export function runCurves(store: Store, runId: number, iterations: number): RunCurve[] {
  return Array.from({ length: iterations }, (_, iteration) => curve(store, runId, iteration)).filter(
    ({ step }) => step.length > 0,
  )
}

function curve(store: Store, runId: number, iteration: number): RunCurve {
  const rows = allSteps(store, runId, iteration)
  const size = Math.max(1, Math.ceil(rows.length / mostPoints))
  const groups = Array.from({ length: Math.ceil(rows.length / size) }, (_, i) =>
    rows.slice(i * size, (i + 1) * size),
  )
  const column = (value: (row: MetricsRow) => number) =>
    Float32Array.from(groups, (group) => group.reduce((sum, row) => sum + value(row), 0) / group.length)
  let hours = 0
  return {
    iteration,
    step: Float32Array.from(groups, (group) => group[0]!.step),
    hours: Float32Array.from(groups, (group) => {
      const at = hours
      hours += group.reduce((sum, { stepMs }) => sum + stepMs, 0) / 3.6e6
      return at
    }),
    loss: column(({ spinLoss }) => spinLoss),
    margin: column(({ margin }) => margin),
    rewardGenerated: column(({ rewardGenerated }) => rewardGenerated),
    accuracy: column(({ accuracy }) => accuracy),
  }
}

function allSteps(store: Store, runId: number, iteration: number): MetricsRow[] {
  const rows: MetricsRow[] = []
  for (;;) {
    const page = store.metricsPage(runId, iteration, stepsPerPage, rows.at(-1)?.step ?? -1)
    rows.push(...page)
    if (page.length < stepsPerPage) return rows
  }
}
