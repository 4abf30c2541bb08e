import { join } from 'node:path'
import {
  EvaluateRequest,
  EvaluationResult,
  FinetuneRequest,
  FinetuneResult,
  type StepMetrics,
} from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import type { LoopPlan } from '../../contract/loop.ts'
import type { LoopOutcome } from '../../contract/project.ts'
import type { App } from '../app.ts'
import { toPortable } from '../loop/portable-paths.ts'
import { filesUnder } from '../loop/stage-outputs.ts'
import type { StageEvent } from '../terminal/follow-stage.ts'
import { demoNumbers, demoSftSettings } from './demo-plan.ts'
import { runExtraStage, type ExtraRun } from './extra-stage.ts'

export interface ComparisonContext {
  app: App
  dir: string
  plan: LoopPlan
  outcome: LoopOutcome
  signal: AbortSignal
  onEvent(label: string, event: StageEvent): void
  /** Said when a stage has ended or was found done. */
  onDone(label: string, seconds: number, skipped: boolean): void
}

/** "As much SFT instead": from the base, on the same rows, for as many steps as all iterations made together. */
export async function equalSft(
  context: ComparisonContext,
  seed: number,
): Promise<{
  finetune: ExtraRun<FinetuneResult>
  evaluation: ExtraRun<EvaluationResult>
  steps: StepMetrics[]
}> {
  const { app, dir, plan, outcome, signal } = context
  const trained = outcome.iterations.filter(({ finetune }) => finetune !== null)
  const first = trained[0]
  if (!first)
    throw new AppError(
      'GUARD_STOPPED',
      `No iteration gave a model, so there is nothing to compare: ${outcome.reason}`,
    )
  const request = FinetuneRequest.parse({
    modelDir: outcome.base.modelDir,
    sources: trained.map(({ gather }) => ({ path: gather.trainPath, fraction: 1 })),
    heldOutPath: null,
    workDir: join(dir, 'sft', 'train'),
    outDir: join(dir, 'sft', 'model'),
    settings: demoSftSettings({
      steps: trained.reduce((sum, { finetune }) => sum + finetune!.steps, 0),
      rows: trained.reduce((sum, { gather }) => sum + gather.train.rows, 0),
      seed,
    }),
    gates: plan.gates,
  })
  const inputs = { base: outcome.base.modelSha256, pairs: trained.map(({ gather }) => gather.sha256) }
  const finetune = await runExtraStage({
    recordPath: join(dir, 'sft', 'finetune.json'),
    identity: toPortable({ request, inputs }, dir),
    resultSchema: FinetuneResult,
    run: () => app.engine.stream('finetune', request, { signal }),
    onEvent: (event) => context.onEvent('equal SFT', event as StageEvent),
    outputs: ({ modelDir }) => filesUnder(modelDir),
    folders: [request.outDir],
  })
  context.onDone('equal SFT · model trained', finetune.seconds, finetune.skipped)

  const evaluation = await evaluate(context, {
    label: 'equal SFT',
    recordPath: join(dir, 'sft', 'evaluation.json'),
    inputs: {
      model: finetune.result.modelSha256,
      opponent: outcome.base.modelSha256,
      pairs: first.gather.sha256,
    },
    request: {
      modelDir: request.outDir,
      opponentDir: outcome.base.modelDir,
      dataPath: outcome.testPath,
      heldOutPairsPath: first.gather.testPath,
      outDir: join(dir, 'sft', 'evaluation'),
      beta: demoNumbers.beta,
      settings: plan.evaluation,
    },
  })
  return { finetune, evaluation, steps: finetune.steps }
}

/** The base at lower temperatures. */
export async function temperedBase(
  context: ComparisonContext,
): Promise<{ temperature: number; evaluation: EvaluationResult }[]> {
  const { dir, plan, outcome } = context
  const found = []
  for (const temperature of demoNumbers.baseTemperatures) {
    const { result } = await evaluate(context, {
      label: `base at temperature ${temperature}`,
      recordPath: join(dir, 'base', `evaluation-t${temperature}.json`),
      inputs: { model: outcome.base.modelSha256 },
      request: {
        modelDir: outcome.base.modelDir,
        dataPath: outcome.testPath,
        outDir: join(dir, 'base', `evaluation-t${temperature}`),
        settings: { ...plan.evaluation, temperature },
      },
    })
    found.push({ temperature, evaluation: result })
  }
  return found
}

async function evaluate(
  { app, dir, signal, onEvent, onDone }: ComparisonContext,
  stage: { label: string; recordPath: string; inputs: Record<string, string>; request: EvaluateRequest },
): Promise<ExtraRun<EvaluationResult>> {
  const request = EvaluateRequest.parse(stage.request)
  const run = await runExtraStage({
    recordPath: stage.recordPath,
    identity: toPortable({ request, inputs: stage.inputs }, dir),
    resultSchema: EvaluationResult,
    run: () => app.engine.stream('evaluate', request, { signal }),
    onEvent: (event) => onEvent(stage.label, event as StageEvent),
    outputs: ({ answersPath }) => [answersPath],
    folders: [request.outDir],
  })
  onDone(`${stage.label} · model scored`, run.seconds, run.skipped)
  return run
}
