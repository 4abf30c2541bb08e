import { join } from 'node:path'
import { EvaluationResult } from '../../src/contract/engine.ts'
import { workstationPlan } from '../../src/contract/presets.ts'
import { LoopSetup } from '../../src/contract/project.ts'
import { openStore } from '../../src/main/store/store.ts'

const steps = 60

/** Writes a finished run of two iterations through the store, as the loop leaves it. Its curves are made up. */
export function recordFinishedRun(dataDir: string): void {
  const store = openStore({ path: join(dataDir, 'app.sqlite') })
  const at = Date.UTC(2026, 10, 20, 9)
  const dir = join(dataDir, 'projects', 'recorded')
  const setup = LoopSetup.parse({
    modelDir: '/models/small-chat',
    data: { kind: 'import', sources: ['/data/helpdesk_sft.jsonl'] },
    plan: workstationPlan({ parameters: 1e6, rows: 4000, checkable: true }),
  })
  store.saveProject({ id: 'p1', dir, name: 'Helpdesk replies', createdAt: at, updatedAt: at })
  store.saveDataset({
    projectId: 'p1',
    trainPath: 'project:/data/train.parquet',
    testPath: 'project:/data/test.parquet',
    trainRows: 4000,
    testRows: 400,
    sha256: 'a'.repeat(64),
    source: '{}',
    createdAt: at,
  })
  const runId = store.createRun({ projectId: 'p1', setup: JSON.stringify(setup), seed: 42, createdAt: at })
  store.startRun(runId, at)
  for (const iteration of [-1, 0, 1]) {
    for (const name of iteration < 0
      ? (['reformat', 'evaluate'] as const)
      : (['generate', 'gather', 'finetune', 'evaluate'] as const)) {
      const key = { runId, iteration, name }
      store.startStage(key, '{"request":{},"inputs":{}}', at)
      store.addStageSeconds(key, name === 'finetune' ? 74 : 12, at)
      store.finishStage(key, '{}', '[]', at)
    }
    store.saveEvaluation(runId, iteration, evaluation(iteration), at)
    if (iteration >= 0)
      store.saveMetrics(
        runId,
        iteration,
        Array.from({ length: steps + 1 }, (_, step) => metrics(step, iteration)),
      )
  }
  store.saveEvent({
    runId,
    createdAt: at,
    level: 'info',
    message: 'Iteration 0 is the best so far: +6.2 pts',
    data: '{}',
  })
  store.saveEvent({
    runId,
    createdAt: at,
    level: 'warning',
    message: 'Gradient norm 38.7 at step 12, clipped to 1.0',
    data: '{}',
  })
  store.finishRun(runId, 1, 'All planned iterations are done; iteration 1 is the best.', at + 600_000)
  store.close()
}

function metrics(step: number, iteration: number) {
  const wave = Math.sin(step * 1.7) * 0.03
  const fall = 1 - Math.exp(-step / 18)
  return {
    step,
    totalSteps: steps,
    epoch: step / steps,
    loss: 0.7,
    spinLoss: Math.LN2 - 0.35 * fall * (1 - iteration / 3) + (step ? wave : 0),
    nll: 1.1,
    rewardReal: 0.2 * fall + wave,
    rewardGenerated: -1.4 * fall + wave,
    margin: 1.6 * fall,
    accuracy: 0.5 + 0.35 * fall,
    logpReal: -20,
    logpGenerated: -24,
    realShift: 0.2,
    eosShift: 0,
    entropy: 1.4,
    kl: 0.3,
    klPerToken: 0.02,
    gradNorm: 1.2,
    lr: 3e-4,
    tokensPerSecond: 5200,
    stepMs: 220,
  }
}

function evaluation(iteration: number): EvaluationResult {
  const gain = iteration + 1
  return EvaluationResult.parse({
    kind: 'done',
    rows: 400,
    greedy: 0.61 + 0.02 * gain,
    sampled: 0.48 + 0.045 * gain,
    temperature: 1,
    heldOutLoss: iteration < 0 ? null : 0.52,
    heldOutNll: 1.21 - 0.01 * gain,
    rewardAccuracy: iteration < 0 ? null : 0.74,
    margin: iteration < 0 ? null : 0.93,
    kl: iteration < 0 ? null : 0.41,
    meanTokensReal: 17.2,
    meanTokensGreedy: 16.9,
    cappedShare: 0.01,
    byKind: {},
    answersPath: 'project:/a.jsonl',
    seconds: 12,
  })
}
