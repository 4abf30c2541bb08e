import { join } from 'node:path'
import type { StepMetrics } from '../../src/contract/engine.ts'
import { GateSettings, TrainingSettings } from '../../src/contract/settings.ts'
import { finetuneStage } from '../../src/engine/stages/finetune-stage.ts'
import type { QwenShape } from '../qwen-shapes.ts'
import { writeRandomFolder } from '../random-folder.ts'
import { importRandomPairs } from '../random-pairs.ts'

/** In which form a frozen base is held. */
export type TrainingForm = 'f32' | 'int8' | 'int4'

export interface TrainingRate {
  pairsPerSecond: number
  /** Of the step before the first update: ln 2, whatever computes. */
  step0Loss: number
  steps: number
}

const pairsPerStep = 8

/** DPO steps of an adapter of rank 16 through the stage that the product runs, on the backend of the environment. */
export async function measureTraining({
  work,
  shape,
  form,
  quick,
}: {
  work: string
  shape: QwenShape
  form: TrainingForm
  quick: boolean
}): Promise<TrainingRate> {
  const modelDir = join(work, shape)
  const [tokens, steps] = quick ? [16, 2] : [128, 6]
  const { words } = writeRandomFolder(modelDir, shape)
  const sizes = { rows: pairsPerStep * steps, promptTokens: tokens, answerTokens: tokens }
  const folder = `pairs-${words.length}-${Object.values(sizes).join('-')}`
  const pairs = await importRandomPairs(join(work, folder), words, sizes)
  const settings = TrainingSettings.parse({
    objective: 'dpo',
    optimizer: { lr: 1e-5 },
    schedule: {},
    batchSize: pairsPerStep,
    microBatch: pairsPerStep,
    maxSteps: steps,
    adapter: { rank: 16, baseWeights: form },
    guards: { enabled: false },
  })
  const request = {
    modelDir,
    sources: [{ path: pairs, fraction: 1 }],
    heldOutPath: null,
    workDir: join(work, `${shape}-${form}-${process.pid}`),
    outDir: join(work, `${shape}-${form}-${process.pid}`, 'adapter'),
    settings,
    gates: GateSettings.parse({}),
  }
  const measured: StepMetrics[] = []
  let step0Loss = Number.NaN
  for await (const event of finetuneStage(request, new AbortController().signal)) {
    if (event.kind === 'step') measured.push(event)
    else if (event.kind === 'done') step0Loss = event.step0Loss
    else if (event.kind === 'log') console.error(`  ${event.message}`)
  }
  const later = measured.slice(1) // the first compiles
  const ms = later.reduce((sum, { stepMs }) => sum + stepMs, 0)
  return { pairsPerSecond: (1000 * pairsPerStep * later.length) / ms, step0Loss, steps: measured.length }
}
