import type { StepMetrics } from '../../contract/engine.ts'

const stepsMeasured = 20

/** Optimizer steps a second over the last 20, from the steps' own times: repeated ones arrive faster than they were made. */
export function createTrainingPace(): { after(step: Pick<StepMetrics, 'step' | 'stepMs'>): number | null } {
  let recent: number[] = []
  return {
    after({ step, stepMs }) {
      // Step 0 is measured before anything is updated.
      if (step === 0) recent = []
      else recent = [...recent.slice(1 - stepsMeasured), stepMs]
      const total = recent.reduce((sum, ms) => sum + ms, 0)
      return total > 0 ? (1000 * recent.length) / total : null
    },
  }
}
