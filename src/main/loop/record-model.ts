import type { EvaluationResult, FinetuneResult } from '../../contract/engine.ts'
import { runStage, type StageContext, type StageRun } from './run-stage.ts'
import type { createStages, ModelRef } from './stages.ts'

type EvaluationStage = ReturnType<ReturnType<typeof createStages>['evaluate']>

/** A model that was trained goes into the record, is evaluated, and its evaluation follows it. */
export async function recordModel(
  context: StageContext,
  { modelDir: dir, modelSha256: sha256 }: FinetuneResult,
  evaluationOf: (model: ModelRef) => EvaluationStage,
): Promise<{ model: ModelRef; evaluate: StageRun<EvaluationResult> }> {
  const { store, runId } = context
  const model = { dir, sha256 }
  store.saveModel({ ...model, parameters: null, architecture: null, createdAt: Date.now() })
  const stage = evaluationOf(model)
  const evaluate = await runStage(context, stage)
  store.saveEvaluation(runId, stage.iteration, evaluate.result, Date.now())
  return { model, evaluate }
}
