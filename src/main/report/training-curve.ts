import type { StepMetrics } from '../../contract/engine.ts'
import type { CurvePoint } from '../../contract/report.ts'

/**
 * The training curve of a report: steps in order, a step that was done twice (after a resume) with its later numbers,
 * thinned to about `maxPoints`; the first and the last step always stay.
 */
export function trainingCurve(metrics: Iterable<Omit<StepMetrics, 'kind'>>, maxPoints = 400): CurvePoint[] {
  const bySteps = new Map<number, CurvePoint>()
  for (const { step, spinLoss, nll, margin, accuracy, rewardReal, rewardGenerated, entropy, kl } of metrics) {
    bySteps.set(step, {
      step,
      spinLoss,
      nll,
      margin,
      accuracy,
      rewardReal,
      rewardGenerated,
      entropy,
      kl,
    })
  }
  const points = [...bySteps.values()].sort((a, b) => a.step - b.step)
  const every = Math.ceil(points.length / maxPoints)
  return every <= 1 ? points : points.filter((_, i) => i % every === 0 || i === points.length - 1)
}
