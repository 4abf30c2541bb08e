import type { PlannedStage } from '../../contract/app/runs.ts'
import type { StageName } from '../../contract/loop.ts'

/** Shares of an iteration before anything was measured: generating and training are nearly all of it. */
const assumed: Record<StageName, number> = {
  reformat: 0.02,
  generate: 1,
  gather: 0.02,
  finetune: 1,
  evaluate: 0.3,
}

/** How much of a whole run is done, 0–1, by time: a stage weighs what it is expected to take, or what is assumed of it. */
export function runFraction(
  stages: readonly Pick<PlannedStage, 'name' | 'expectedSeconds' | 'share'>[],
): number {
  const known = stages.filter(({ expectedSeconds }) => expectedSeconds !== null)
  const knownSeconds = known.reduce((sum, { expectedSeconds }) => sum + (expectedSeconds ?? 0), 0)
  const knownShares = known.reduce((sum, { name }) => sum + assumed[name], 0)
  const secondsPerShare = knownSeconds > 0 ? knownSeconds / knownShares : 1
  let total = 0
  let finished = 0
  for (const { name, expectedSeconds, share } of stages) {
    const weight = expectedSeconds ?? assumed[name] * secondsPerShare
    total += weight
    finished += weight * (share ?? 0)
  }
  return total > 0 ? Math.min(1, finished / total) : 0
}
