import { AppError } from '../../contract/errors.ts'
import type { ScheduleSettings } from '../../contract/settings.ts'

export interface Schedule {
  stepsPerEpoch: number
  warmupSteps: number
  /** Where the decay would end. */
  scheduleSteps: number
  /** Updates that training really makes: `stopEpoch` and `maxSteps` applied. */
  totalSteps: number
  /** The lr of update `step`, counted from 0: the first update of a warm-up has lr 0, as in transformers. */
  learningRate(step: number): number
}

export interface ScheduleRequest {
  schedule: ScheduleSettings
  /** Peak learning rate. */
  lr: number
  /** Pairs (or rows) of one epoch. */
  rows: number
  batchSize: number
  maxSteps?: number | null
}

/**
 * Learning rates of a run, as transformers computes them (optimization.py: linear, cosine with min_lr_rate, constant,
 * each with warm-up; trainer.py: an epoch has ⌈rows/batch⌉ updates, the last of them smaller; max_steps = ⌈epochs ·
 * updates⌉; warm-up = ⌈ratio · steps⌉). The length of the decay and the end of training are apart, because the
 * official checkpoints sit at epoch 2 of a decay of 6. Throws BAD_INPUT for an end after the schedule's.
 */
export function createSchedule({
  schedule,
  lr,
  rows,
  batchSize,
  maxSteps = null,
}: ScheduleRequest): Schedule {
  const { kind, finalRatio, scheduleEpochs, stopEpoch, warmupRatio } = schedule
  if (rows < 1) {
    throw new AppError('DATASET_EMPTY', 'Expected at least one row to train on; found none.', { rows })
  }
  if (stopEpoch > scheduleEpochs) {
    throw new AppError(
      'BAD_INPUT',
      `Training cannot end (epoch ${stopEpoch}) after its learning-rate schedule (${scheduleEpochs} epochs). ` +
        'Raise "schedule epochs" or lower "stop epoch".',
      { stopEpoch, scheduleEpochs },
    )
  }
  const stepsPerEpoch = Math.ceil(rows / batchSize)
  const scheduleSteps = Math.ceil(scheduleEpochs * stepsPerEpoch)
  const stopSteps = Math.min(scheduleSteps, Math.ceil(stopEpoch * stepsPerEpoch))
  const warmupSteps = schedule.warmupSteps ?? Math.ceil(scheduleSteps * warmupRatio)
  return {
    stepsPerEpoch,
    warmupSteps,
    scheduleSteps,
    totalSteps: Math.min(stopSteps, maxSteps ?? stopSteps),
    learningRate: (step) => lr * scheduleFactor(kind, step, warmupSteps, scheduleSteps, finalRatio),
  }
}

/** Share of the peak at update `step` (from 0). `finalRatio` bends the decay to end there; constant has none. */
export function scheduleFactor(
  kind: ScheduleSettings['kind'],
  step: number,
  warmupSteps: number,
  scheduleSteps: number,
  finalRatio: number,
): number {
  if (step < warmupSteps) return step / Math.max(1, warmupSteps)
  if (kind === 'constant') return 1
  const progress = (step - warmupSteps) / Math.max(1, scheduleSteps - warmupSteps)
  const decay =
    kind === 'linear'
      ? Math.max(0, 1 - progress)
      : Math.max(0, 0.5 * (1 + Math.cos(Math.PI * Math.min(1, progress))))
  return decay * (1 - finalRatio) + finalRatio
}
