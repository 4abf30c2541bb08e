import { join } from 'node:path'
import type { StepMetrics } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import type { GateSettings, TrainingSettings } from '../../contract/settings.ts'
import type { DropoutKey } from '../model/adapter/dropout-mask.ts'
import type { LayeredModel } from '../model/layered-model.ts'
import { sequenceSums } from '../scoring/sequence-logps.ts'
import {
  checkpointName,
  latestCheckpoint,
  pruneCheckpoints,
  readCheckpoint,
  writeCheckpoint,
} from './checkpoint.ts'
import { createDataOrder } from './data-order.ts'
import { ElementPool, elementThreads } from './element-pool.ts'
import { clipScale } from './gradient-norm.ts'
import { type GradientPass, layeredPass } from './gradient-pass.ts'
import { type GuardState, initialGuardState, observeHeldOut, observeStep } from './guards.ts'
import { buildMicroBatch, type OpponentLogps, type StepTotals } from './micro-batch.ts'
import { halveMicroBatch } from './halve-micro-batch.ts'
import { initialLossScale, isSkipped, type LossScale, normOrInfinity, scaledStep } from './loss-scale.ts'
import { addUp, ownMicroBatches, type Ranks } from './ranks.ts'
import { ResidentTrainingState } from './resident-state.ts'
import { createSchedule } from './schedule.ts'
import { assertComputed, assertFinite, assertStep0 } from './step-gates.ts'
import { StepRecord } from './step-record.ts'
import type { TrainingRow } from './training-rows.ts'
import { HostTrainingState, type TrainingState } from './training-state.ts'
import { engineLogWords } from '../../strings/engine-log.ts'

export interface TrainerRequest {
  /** Its parameters are trained in place. */
  model: LayeredModel
  /** What computes its gradients; default: the model layer by layer. Released when training ends. */
  pass?: GradientPass
  rows: readonly TrainingRow[]
  opponent: OpponentLogps
  settings: TrainingSettings
  gates: GateSettings
  eosIds: readonly number[]
  /** Threads for the work between passes (gradient norm, optimizer); more than one needs parameters in shared memory. */
  threads?: number
  checkpointDir: string
  /** Hash of all that decides the result; a checkpoint of another hash is refused. */
  settingsHash: string
  /** Token-mean NLL of held-out answers, for the guards; null = no held-out data. */
  heldOutNll: (() => Promise<number>) | null
  signal: AbortSignal
  /** The other engines of this training and its place among them; null = it trains alone. */
  ranks?: Ranks | null
  /** Where memory ran out before: not more rows than this in a forward pass, whatever the settings say. */
  mostRows?: number
  /** Where loss scaling begins (f16); a resumed run has its own. Default: 65,536, as torch.amp.GradScaler. */
  startLossScale?: number
  /** Told what a person should know while it goes on: memory ran out and was worked around, a step was skipped. */
  onWarning?: (message: string) => void
}

export interface TrainerOutcome {
  steps: number
  /** The step whose weights are the result: after a guard's stop an earlier one; 0 = the start model. */
  savedStep: number
  stoppedBy: string | null
  step0: StepMetrics
  last: StepMetrics
}

/**
 * The training loop: SPIN or DPO (with or without the NLL anchor) or plain SFT, resumable at any checkpoint with the same
 * result, because data order, schedule and maths depend on the step number alone.
 * Throws GATE_STEP0_LOSS, NOT_FINITE, BACKEND_UNUSABLE, CANCELLED, OUT_OF_MEMORY, DISK_FULL.
 */
export async function* train(request: TrainerRequest): AsyncGenerator<StepMetrics, TrainerOutcome> {
  const elements = [...request.model.trainable.values()].reduce((sum, { length }) => sum + length, 0)
  const pool = await ElementPool.open(elementThreads(elements, request.threads ?? 1))
  const pass = request.pass ?? layeredPass(request.model)
  let state: TrainingState | null = null
  try {
    state = stateOf(request, pass, pool)
    return yield* trainWith(state, request)
  } finally {
    await state?.release()
    // The model's own programs are wanted again: its owner releases them.
    if (request.pass) await pass.release()
    await pool.close()
  }
}

/** What is trained lies where the model's weights lie; a pass of one's own gives arrays. */
function stateOf(
  { model, pass: ownPass, settings, ranks }: TrainerRequest,
  pass: GradientPass,
  pool: ElementPool,
): TrainingState {
  if (!model.resident) return new HostTrainingState(model, pass, pool, settings.optimizer)
  if (ownPass)
    throw new Error('expected a model on the host beside a gradient pass of its own, found one on the device')
  return new ResidentTrainingState(model, settings.optimizer, pool, { updatesOnHost: Boolean(ranks) })
}

async function* trainWith(
  state: TrainingState,
  request: TrainerRequest,
): AsyncGenerator<StepMetrics, TrainerOutcome> {
  const { model, rows, opponent, settings, eosIds, checkpointDir, settingsHash, heldOutNll, signal } = request
  const { ranks = null } = request
  const schedule = createSchedule({
    schedule: settings.schedule,
    lr: settings.optimizer.lr,
    rows: rows.length,
    batchSize: settings.batchSize,
    maxSteps: settings.maxSteps,
  })
  const order = createDataOrder({
    rows: rows.length,
    batchSize: settings.batchSize,
    microBatch: settings.microBatch,
    seed: settings.seed,
    lengths: rows.map((row) => row.promptIds.length + row.realIds.length + (row.generatedIds?.length ?? 0)),
  })
  let lossScale: LossScale | null =
    model.precision === 'f16' ? initialLossScale(request.startLossScale) : null
  let step = 0
  /** Rows of a forward pass; halved for good when memory runs out. */
  const { mostRows = settings.microBatch } = request
  let microBatch = Math.min(settings.microBatch, mostRows)
  let guards: GuardState = initialGuardState()
  let stoppedBy: string | null = null
  const metrics: StepMetrics[] = []
  const resumed = await latestCheckpoint(checkpointDir, settingsHash)
  if (resumed) {
    await state.restore(resumed.readWeights(), resumed.readOptimizer())
    ;({ step, guards } = resumed)
    microBatch = Math.min(microBatch, resumed.microBatch)
    if (lossScale && resumed.lossScale) lossScale = resumed.lossScale
    for (const known of resumed.metrics) {
      metrics.push(known)
      yield known
    }
  }
  const save = async () => {
    await state.toModel()
    await writeCheckpoint(checkpointDir, {
      step,
      settingsHash,
      metrics,
      guards,
      microBatch,
      lossScale: lossScale ?? undefined,
      optimizer: await state.optimizerState(),
      weights: model.trainableWeights(),
    })
    await pruneCheckpoints(checkpointDir, 2, guards.bestHeldOut ? [guards.bestHeldOut.step] : [])
  }
  const isDue = (): boolean =>
    step > 0 && (step % settings.checkpointEverySteps === 0 || guards.bestHeldOut?.step === step)
  let leads = ranks?.isLeader ?? true
  /** What the leader before may have died at: it leads up to its end, so that this can only be the newest checkpoint. */
  const takeLead = async () => {
    if (leads || !ranks?.isLeader) return
    leads = true
    if (isDue()) await save()
  }
  const checkHeldOut = async () => {
    if (!heldOutNll) return
    const verdict = observeHeldOut(settings.guards, guards, { step, nll: await heldOutNll() })
    guards = verdict.state
    stoppedBy ??= verdict.stop
  }
  const { heldOutEverySteps } = settings.guards
  if (step === 0 && !resumed && heldOutEverySteps > 0) await checkHeldOut()

  /** Of this process: a resumed run may have come to another device. */
  let isFirst = true
  while (step < schedule.totalSteps && stoppedBy === null) {
    if (signal.aborted)
      throw new AppError(
        'CANCELLED',
        `Training was stopped at step ${step}; it continues from the last checkpoint.`,
        { step },
      )
    const startedAt = performance.now()
    const { epoch, rows: picked } = order.at(step)
    const totals: StepTotals = {
      rows: picked.length,
      realTokens: picked.reduce((sum, row) => sum + rows[row]!.realIds.length, 0),
    }
    let record = new StepRecord(settings, opponent)
    for (let isWhole = false; !isWhole;) {
      await takeLead()
      let isIdle = true
      record = new StepRecord(settings, opponent)
      const current = { ...settings, microBatch }
      try {
        const own = ownMicroBatches(picked, { microBatch, planned: settings.microBatch }, ranks)
        for (const { index, rows: microRows } of own) {
          const micro = buildMicroBatch(microRows, rows, opponent, totals, current, eosIds, state.layout)
          const result = await state.accumulate(micro.batch, micro.terms, {
            isFirst: index === own[0]!.index,
            dropout: dropoutKey(settings, step, index),
            lossScale: lossScale && lossScale.scale,
            savedBytes: settings.keepActivationsMiB * 2 ** 20,
          })
          isIdle = false
          record.add(micro, result, sequenceSums(micro.batch, result.logp))
        }
        isWhole = true
      } catch (error) {
        const halved = await halveMicroBatch(error, microBatch, () => state.releasePrograms())
        request.onWarning?.(engineLogWords.memory.step(step, microBatch, halved, picked.length))
        microBatch = halved
      }
      if (isWhole && ranks) {
        const gradients = await state.gradientsOnHost(isIdle)
        const whole = await addUp(ranks, { step, record, gradients, parameters: model.trainable })
        if (whole) {
          record = new StepRecord(settings, opponent)
          for (const share of whole) record.addShare(share)
        } else isWhole = false
      }
    }
    // Dividing by the scale is exact: it is a power of two.
    const unscale = lossScale ? 1 / lossScale.scale : 1
    const norm = unscale * (await (lossScale ? normOrInfinity(state) : state.gradientNorm()))
    // As accelerate has it: a skipped step is one of the run's, and none of the schedule's.
    const lr = schedule.learningRate(step - (lossScale?.skipped ?? 0))
    const stepMetrics = record.finish({
      step,
      totalSteps: schedule.totalSteps,
      epoch: epoch + (step % schedule.stepsPerEpoch) / schedule.stepsPerEpoch,
      gradNorm: norm,
      lr,
      startedAt,
    })
    lossScale &&= scaledStep(lossScale, stepMetrics, request.onWarning)
    const skips = isSkipped(lossScale)
    // A skipped step whose loss is no number has no line in the curve; the first one must have.
    const isMeasured = !skips || step === 0 || Number.isFinite(stepMetrics.loss)
    if (isMeasured) {
      assertFinite(stepMetrics, settings)
      if (isFirst) assertComputed(stepMetrics, record.lossOfLogps)
      isFirst = false
    }
    if (step === 0) assertStep0(stepMetrics, settings, request.gates)
    if (!skips) await state.update(lr, clipScale(norm, settings.optimizer.clipNorm) * unscale)
    step++
    if (isMeasured) metrics.push(stepMetrics)
    // DPO lowers the likelihood of both answers in ordinary runs (Rafailov et al. 2024, "From r to Q*"): no reason to stop.
    if (settings.objective === 'spin' && isMeasured) {
      const verdict = observeStep(settings.guards, guards, {
        realShift: stepMetrics.realShift,
        eosShift: record.hasEos ? stepMetrics.eosShift : null,
      })
      guards = verdict.state
      stoppedBy = verdict.stop
    }
    if (heldOutEverySteps > 0 && step % heldOutEverySteps === 0) await checkHeldOut()
    // Every best held-out step must be on disk: a guard may send us back to it. A step that a guard stops at is not
    // saved: a run killed right after it must come to the same stop again, and never go back to these weights.
    if (isDue() && stoppedBy === null && ranks?.isLeader !== false) await save()
    if (isMeasured) yield stepMetrics
  }

  const savedStep = stoppedBy === null ? step : await rollBack(state, request, guards, step)
  await state.toModel()
  return { steps: step, savedStep, stoppedBy, step0: metrics[0]!, last: metrics.at(-1)! }
}

/**
 * After a guard's stop: back to the best held-out step, or without held-out checks to the newest checkpoint before the
 * stop. Returns the step whose weights the model then holds; 0 = the start model, which the caller still has.
 */
async function rollBack(
  state: TrainingState,
  { checkpointDir, settingsHash }: TrainerRequest,
  guards: GuardState,
  step: number,
): Promise<number> {
  const best = guards.bestHeldOut?.step ?? null
  if (best === step || best === 0) return best
  const checkpoint =
    best === null
      ? await latestCheckpoint(checkpointDir, settingsHash)
      : await readCheckpoint(checkpointDir, best)
  if (checkpoint) {
    await state.restore(checkpoint.readWeights(), null)
    return checkpoint.step
  }
  if (best === null) return 0
  throw new AppError(
    'FILE_UNREADABLE',
    `A guard sends training back to step ${best}, but ${join(checkpointDir, checkpointName(best))} is missing or damaged. ` +
      'Delete the checkpoints and train again.',
    { step: best },
  )
}

/** Step 0 drops nothing: it must show that the model equals its opponent, which is scored without dropout. */
function dropoutKey({ adapter }: TrainingSettings, step: number, microBatch: number): DropoutKey | null {
  return adapter && adapter.dropout > 0 && step > 0 ? { seed: adapter.seed, step, microBatch } : null
}
