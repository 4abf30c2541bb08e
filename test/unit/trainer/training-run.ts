import { GateSettings, type Precision, TrainingSettings } from '../../../src/contract/settings.ts'
import type { StepMetrics } from '../../../src/contract/engine.ts'
import { LayeredModel } from '../../../src/engine/model/layered-model.ts'
import type { ModelConfig } from '../../../src/engine/model/model-config.ts'
import type { CompileProgram } from '../../../src/engine/onnx/compiled-program.ts'
import type { OpponentLogps } from '../../../src/engine/training/micro-batch.ts'
import { train, type TrainerOutcome, type TrainerRequest } from '../../../src/engine/training/trainer.ts'
import type { TrainingRow } from '../../../src/engine/training/training-rows.ts'
import { randomTokens, randomWeights, tinyLlama } from '../scoring/random-llama.ts'
import { opponentOf } from './opponent-of.ts'

export const eosIds = [2]

/** Rows of 1–7 prompt and 2–7 answer tokens; every fifth is NLL-only, every fourth generated answer was capped. */
export const mixedRows: readonly TrainingRow[] = Array.from({ length: 14 }, (_, i) => ({
  promptIds: randomTokens(1 + ((i * 3) % 7), 300 + i, tinyLlama.vocab),
  realIds: [...randomTokens(1 + ((i * 5) % 6), 400 + i, tinyLlama.vocab), 2],
  generatedIds:
    i % 5 === 4
      ? null
      : [...randomTokens(1 + ((i * 4) % 5), 500 + i, tinyLlama.vocab), ...(i % 4 === 3 ? [] : [2])],
}))
export const pairRows = mixedRows.filter(({ generatedIds }) => generatedIds !== null)

export const settings = (
  overrides: Partial<Record<keyof TrainingSettings, unknown>> = {},
): TrainingSettings =>
  TrainingSettings.parse({
    beta: 0.2,
    nllWeight: 0.5,
    batchSize: 4,
    microBatch: 4,
    checkpointEverySteps: 3,
    guards: { enabled: false },
    optimizer: { kind: 'adamw', lr: 3e-3 },
    schedule: { kind: 'cosine', scheduleEpochs: 3, stopEpoch: 3 },
    ...overrides,
  })

/** One step of AdamW on three rows in two micro-batches, at the schedule's full rate. */
export const oneStep = (beta: number): TrainingSettings =>
  TrainingSettings.parse({
    beta,
    batchSize: 3,
    microBatch: 2,
    guards: { enabled: false },
    optimizer: { kind: 'adamw', lr: 1e-4, weightDecay: 0.01 },
    schedule: { kind: 'linear', warmupSteps: 0, warmupRatio: 0, scheduleEpochs: 10, stopEpoch: 1 },
  })

export const startWeights = (): Map<string, Float32Array> => randomWeights(tinyLlama, 8)

/** Log-probs of the rows under the start model. */
export async function scoreOpponent(
  rows: readonly TrainingRow[],
  weights = startWeights(),
  config = tinyLlama,
  precision: Precision = 'f32',
): Promise<OpponentLogps> {
  const model = new LayeredModel(config, weights, 1, { precision })
  const opponent = await opponentOf(model, rows, eosIds)
  await model.release()
  return opponent
}

/** Called after each step: abort to cancel, return 'leave' to drop the run as a killed process would. */
type OnStep = (metrics: StepMetrics, abort: () => void) => 'leave' | void

/** One call of the trainer, whose model is released in the end; what is not said: `mixedRows`, no gates of their own. */
export async function trainModel({
  onStep,
  ...request
}: Pick<TrainerRequest, 'model' | 'opponent' | 'settings' | 'checkpointDir'> &
  Partial<TrainerRequest> & { onStep?: OnStep }): Promise<{
  outcome: TrainerOutcome | null // null: left
  metrics: StepMetrics[]
}> {
  const cancelled = new AbortController()
  const metrics: StepMetrics[] = []
  const training = train({
    rows: mixedRows,
    eosIds,
    gates: GateSettings.parse({}),
    settingsHash: 'same',
    heldOutNll: null,
    signal: cancelled.signal,
    ...request,
  })
  try {
    let next = await training.next()
    for (; !next.done; next = await training.next()) {
      metrics.push(next.value)
      if (onStep?.(next.value, () => cancelled.abort()) === 'leave') {
        await training.return(undefined as never)
        return { outcome: null, metrics }
      }
    }
    return { outcome: next.value, metrics }
  } finally {
    await request.model.release()
  }
}

export interface RunOptions {
  checkpointDir: string
  settings?: TrainingSettings
  rows?: readonly TrainingRow[]
  opponent?: OpponentLogps
  config?: ModelConfig
  weights?: Map<string, Float32Array>
  precision?: Precision
  /** Default: the processor's. */
  compile?: CompileProgram
  startLossScale?: number
  onWarning?: (message: string) => void
  heldOutNll?: (() => Promise<number>) | null
  onStep?: OnStep
}

export interface Run {
  outcome: TrainerOutcome | null // null: left
  metrics: StepMetrics[]
  weights: Map<string, Float32Array>
}

/** One call of the trainer in a fresh process's state: start weights in memory, whatever is in checkpointDir on disk. */
export async function runTraining(options: RunOptions): Promise<Run> {
  const rows = options.rows ?? mixedRows
  const weights = options.weights ?? startWeights()
  const { precision = 'f32', compile, startLossScale, onWarning, onStep } = options
  const model = new LayeredModel(options.config ?? tinyLlama, weights, 1, {
    precision,
    ...(compile && { compile }),
  })
  const run = await trainModel({
    model,
    rows,
    settings: options.settings ?? settings(),
    opponent: options.opponent ?? (await scoreOpponent(rows)),
    checkpointDir: options.checkpointDir,
    heldOutNll: options.heldOutNll ?? null,
    ...(startLossScale !== undefined && { startLossScale }),
    ...(onWarning && { onWarning }),
    ...(onStep && { onStep }),
  })
  return { ...run, weights }
}

/** Metrics without what the clock says. */
export const timeless = (metrics: readonly StepMetrics[]) =>
  metrics.map(({ stepMs: _ms, tokensPerSecond: _rate, ...rest }) => rest)
