import { join } from 'node:path'
import type { MetricsRow } from '../../src/main/store/measurement-queries.ts'
import { openStore } from '../../src/main/store/store.ts'

const batch = 5000

/** A finished run of one iteration with so many training steps, recorded as the loop does; its curves are made up. */
export function recordLongRun(dataDir: string, steps: number): { projectId: string; runId: number } {
  const store = openStore({ path: join(dataDir, 'app.sqlite') })
  const at = Date.now()
  const like = store.run(1)
  if (!like) throw new Error('Expected a finished run 1 to take the setup of, found none.')
  const projectId = 'long'
  const dir = join(dataDir, 'projects', projectId)
  store.saveProject({ id: projectId, dir, name: 'A long run', createdAt: at, updatedAt: at })
  const runId = store.createRun({ projectId, setup: like.setup, seed: 1, createdAt: at })
  store.startRun(runId, at)
  for (let from = 0; from < steps; from += batch)
    store.saveMetrics(
      runId,
      0,
      Array.from({ length: Math.min(batch, steps - from) }, (_, i) => stepOf(from + i, steps)),
    )
  store.finishRun(runId, 0, 'All planned iterations are done.', at)
  store.close()
  return { projectId, runId }
}

/** A step as training reports it: falling curves under noise, from a hash of the step. */
export function stepOf(step: number, totalSteps: number): MetricsRow {
  const noise = (Math.imul(step + 1, 2654435761) >>> 0) / 2 ** 32 - 0.5
  const fall = 1 - Math.exp(-step / (totalSteps / 5))
  return {
    step,
    totalSteps,
    epoch: step / totalSteps,
    loss: 0.7,
    spinLoss: Math.LN2 - 0.35 * fall + (step ? 0.1 * noise : 0),
    nll: 1.1 + 0.05 * noise,
    rewardReal: 0.2 * fall + 0.1 * noise,
    rewardGenerated: -1.4 * fall + 0.3 * noise,
    margin: 1.6 * fall - 0.2 * noise,
    accuracy: 0.5 + 0.35 * fall + 0.1 * noise,
    logpReal: -20,
    logpGenerated: -24,
    realShift: 0.2,
    eosShift: 0,
    entropy: 1.4 + 0.1 * noise,
    kl: 0.3 * fall,
    klPerToken: 0.02,
    gradNorm: 1.2 + noise,
    lr: 3e-4 * (1 - step / totalSteps),
    tokensPerSecond: 5200 + 400 * noise,
    stepMs: 220,
  }
}
