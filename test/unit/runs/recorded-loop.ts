import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { workstationPlan } from '../../../src/contract/presets.ts'
import { LoopSetup } from '../../../src/contract/project.ts'
import { createApp, type App } from '../../../src/main/app.ts'
import type { MetricsRow } from '../../../src/main/store/measurement-queries.ts'

/** An app on a new data folder; its engine is never asked. */
export function openedApp(): { app: App; dataDir: string } {
  const dataDir = mkdtempSync(join(tmpdir(), 'runs-'))
  const app = createApp({ dataDir })
  onTestFinished(async () => {
    await app.dispose()
    rmSync(dataDir, { recursive: true, force: true })
  })
  return { app, dataDir }
}

export function setupOf(iterations = 3): LoopSetup {
  const plan = workstationPlan({ parameters: 1e6, rows: 1600, checkable: true })
  const first = plan.iterations[0]!
  return LoopSetup.parse({
    modelDir: '/models/small',
    data: { kind: 'import', sources: ['/data/rows.jsonl'] },
    plan: {
      ...plan,
      fracLen: 800,
      compareSft: false,
      iterations: Array.from({ length: iterations }, () => first),
    },
  })
}

/** A run with 1,600 train and 160 held-out rows, begun. */
export function recordedRun({ app, dataDir }: { app: App; dataDir: string }, setup = setupOf()): number {
  const { store } = app
  const dir = join(dataDir, 'project')
  store.saveProject({ id: 'p', dir, name: 'Helpdesk', createdAt: 1, updatedAt: 1 })
  store.saveDataset({
    projectId: 'p',
    trainPath: 'project:/data/train.parquet',
    testPath: 'project:/data/test.parquet',
    trainRows: 1600,
    testRows: 160,
    sha256: 'a',
    source: '{}',
    createdAt: 1,
  })
  const runId = store.createRun({ projectId: 'p', setup: JSON.stringify(setup), seed: 1, createdAt: 1 })
  store.startRun(runId, 1)
  return runId
}

export const metrics = (step: number, totalSteps: number): MetricsRow => ({
  step,
  totalSteps,
  epoch: step / totalSteps,
  loss: 0.7,
  spinLoss: Math.LN2 - step / totalSteps / 2,
  nll: 1.1,
  rewardReal: 0.1,
  rewardGenerated: -0.4,
  margin: 0.5,
  accuracy: 0.7,
  logpReal: -20,
  logpGenerated: -24,
  realShift: 0.1,
  eosShift: 0,
  entropy: null,
  kl: 0.2,
  klPerToken: 0.01,
  gradNorm: 1.5,
  lr: 1e-4,
  tokensPerSecond: 5000,
  stepMs: 200,
})
