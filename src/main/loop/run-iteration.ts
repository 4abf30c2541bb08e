import type { EvaluationResult, FinetuneResult, GatherResult, GenerateResult } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import type { IterationPlan, StageName } from '../../contract/loop.ts'
import type { LoopSetup } from '../../contract/project.ts'
import type { EngineAccess } from './engine-access.ts'
import type { IterationLayout } from './project-layout.ts'
import { recordModel } from './record-model.ts'
import { notice, runStage } from './run-stage.ts'
import type { StageContext } from './run-stage.ts'
import type { createStages, DataFiles, ModelRef } from './stages.ts'
import { writeModelCard } from './write-model-card.ts'

interface Made {
  generate: { train: GenerateResult; test: GenerateResult }
  gather: GatherResult
  seconds: Partial<Record<StageName, number>>
}
export type MadeIteration = Made &
  (
    | { model: ModelRef & { finetune: FinetuneResult; evaluation: EvaluationResult } }
    /** A guard ended training before one usable checkpoint existed. */
    | { model: null; failure: string }
  )

/** generate → gather → finetune → evaluate with the iteration's start model, which is also its opponent. */
export async function runIteration({
  context,
  engine,
  base,
  stages,
  iteration,
  at,
  start,
  data,
  plan,
  previous,
}: {
  context: StageContext
  engine: EngineAccess
  base: { setup: LoopSetup; baseSha256: string }
  stages: ReturnType<typeof createStages>
  iteration: number
  at: IterationLayout
  start: ModelRef
  data: DataFiles
  plan: IterationPlan
  previous: GatherResult | null
}): Promise<MadeIteration> {
  const generate = await runStage(context, stages.generate(iteration, at, start, data, plan))
  const gather = await runStage(context, stages.gather(iteration, at, generate.result))
  for (const warning of gather.skipped ? [] : gather.result.warnings) notice(context, 'warning', warning)
  const made = { generate: generate.result, gather: gather.result }
  const times = { generate: generate.seconds, gather: gather.seconds }

  const finetune = await runStage(
    context,
    stages.finetune(iteration, at, start, gather.result, previous, plan, generate.result.train),
  ).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'GUARD_STOPPED') return error
    throw error
  })
  if (finetune instanceof AppError) return { ...made, seconds: times, model: null, failure: finetune.message }

  const { model, evaluate } = await recordModel(context, finetune.result, (trained) =>
    stages.evaluate(iteration, at.evaluation, trained, data, { opponent: start, pairs: gather.result }),
  )
  const isNew = !evaluate.skipped || !finetune.skipped
  const card = { iteration, modelDir: model.dir, isNew, signal: context.signal }
  await writeModelCard(engine, { ...context, ...base }, card)
  return {
    ...made,
    seconds: { ...times, finetune: finetune.seconds, evaluate: evaluate.seconds },
    model: { ...model, finetune: finetune.result, evaluation: evaluate.result },
  }
}
