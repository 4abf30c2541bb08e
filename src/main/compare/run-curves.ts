import { setImmediate as otherWork } from 'node:timers/promises'
import type { RunCurve } from '../../contract/app/compare.ts'
import type { Store } from '../store/store.ts'

const mostPoints = 400

/** The curves of a run's iterations, each thinned to at most 400 means of neighbouring steps. */
export async function runCurves(store: Store, runId: number, iterations: number): Promise<RunCurve[]> {
  const curves: RunCurve[] = []
  for (let iteration = 0; iteration < iterations; iteration++) {
    const found = curve(store, runId, iteration)
    if (found.step.length > 0) curves.push(found)
    await otherWork()
  }
  return curves
}

function curve(store: Store, runId: number, iteration: number): RunCurve {
  const points = store.metricMeans(runId, iteration, mostPoints)
  let hours = 0
  return {
    iteration,
    step: Float32Array.from(points, ({ step }) => step),
    hours: Float32Array.from(points, ({ totalMs }) => {
      const at = hours
      hours += totalMs / 3.6e6
      return at
    }),
    loss: Float32Array.from(points, ({ spinLoss }) => spinLoss),
    margin: Float32Array.from(points, ({ margin }) => margin),
    rewardGenerated: Float32Array.from(points, ({ rewardGenerated }) => rewardGenerated),
    accuracy: Float32Array.from(points, ({ accuracy }) => accuracy),
  }
}
