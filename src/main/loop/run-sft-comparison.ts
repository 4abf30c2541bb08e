import type { EvaluationResult, FinetuneResult, GatherResult } from '../../contract/engine.ts'
import type { LoopPlan } from '../../contract/loop.ts'
import { sftIteration, type IterationOutcome } from '../../contract/project.ts'
import { TrainingSettings } from '../../contract/settings.ts'
import type { ProjectLayout } from './project-layout.ts'
import { recordModel } from './record-model.ts'
import { runStage } from './run-stage.ts'
import type { StageContext } from './run-stage.ts'
import type { createStages, DataFiles, ModelRef } from './stages.ts'

export interface SftComparison {
  modelDir: string
  modelSha256: string
  finetune: FinetuneResult
  evaluation: EvaluationResult
  seconds: { finetune: number; evaluate: number }
}

/**
 * "As much SFT instead": plain cross-entropy from the base, on the human answers of the same rows, for as many optimizer steps
 * as all iterations took together. Null where no iteration gave a model.
 */
export async function runSftComparison({
  context,
  stages,
  layout,
  plan,
  base,
  data,
  outcomes,
}: {
  context: StageContext
  stages: ReturnType<typeof createStages>
  layout: ProjectLayout
  plan: LoopPlan
  base: ModelRef
  data: DataFiles
  outcomes: readonly IterationOutcome[]
}): Promise<SftComparison | null> {
  const trained = outcomes.flatMap(({ gather, finetune }) => (finetune ? [{ gather, finetune }] : []))
  const first = trained[0]?.gather
  if (!first) return null
  const settings = sftSettings(plan, {
    steps: trained.reduce((sum, { finetune }) => sum + finetune.steps, 0),
    rows: trained.reduce((sum, { gather }) => sum + gather.train.rows, 0),
  })
  const pairs: GatherResult[] = trained.map(({ gather }) => gather)
  const finetune = await runStage(
    context,
    stages.sft(layout.sft, base, pairs, settings, outcomes[0]!.generate.train),
  )
  const { model, evaluate } = await recordModel(context, finetune.result, (trained) =>
    stages.evaluate(sftIteration, layout.sft.evaluation, trained, data, { opponent: base, pairs: first }),
  )
  return {
    modelDir: model.dir,
    modelSha256: model.sha256,
    finetune: finetune.result,
    evaluation: evaluate.result,
    seconds: { finetune: finetune.seconds, evaluate: evaluate.seconds },
  }
}

/** Iteration 0's settings, its schedule stretched over all steps. `rows` = pairs of all sources together. */
export function sftSettings(
  { iterations, sftLr }: LoopPlan,
  { steps, rows }: { steps: number; rows: number },
): TrainingSettings {
  const { training } = iterations[0]!
  const epochs = steps / Math.ceil(rows / training.batchSize)
  return TrainingSettings.parse({
    ...training,
    objective: 'sft',
    optimizer: { ...training.optimizer, lr: sftLr ?? training.optimizer.lr },
    schedule: { ...training.schedule, scheduleEpochs: epochs, stopEpoch: epochs },
    maxSteps: steps,
    // They compare with the start model, which SFT leaves behind on purpose.
    guards: { enabled: false },
  })
}
