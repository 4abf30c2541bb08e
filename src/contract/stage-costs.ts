import type { MeasuredGeneration, MeasuredSize, MeasuredTraining, StageForecast } from './forecast.ts'
import type { EvaluationSettings, TrainingSettings } from './settings.ts'

/**
 * From what was measured once to what a stage costs: rows, steps and epochs are arithmetic, so that a plan that changes in
 * them alone needs no new measurement.
 */

/** Optimizer steps of a training stage over `rows` pairs: ⌈rows / batch⌉ an epoch, as training/schedule.ts counts. */
export function stepsOf(
  {
    schedule,
    batchSize,
    maxSteps,
  }: Pick<TrainingSettings, 'batchSize' | 'maxSteps'> & {
    schedule: Pick<TrainingSettings['schedule'], 'scheduleEpochs' | 'stopEpoch'>
  },
  rows: number,
): number {
  const stepsPerEpoch = Math.ceil(rows / batchSize)
  const steps = Math.min(
    Math.ceil(schedule.scheduleEpochs * stepsPerEpoch),
    Math.ceil(schedule.stopEpoch * stepsPerEpoch),
  )
  return Math.min(steps, maxSteps ?? steps)
}

const bytesOfToken = 5 // of text, as English has them

export function generateCost(size: MeasuredSize, probe: MeasuredGeneration): StageForecast {
  const rows = size.rows + size.heldOutRows
  return {
    stage: 'generate',
    seconds: size.setupSeconds + probe.startSeconds + rows * probe.secondsPerAnswer,
    peakBytes: probe.peakBytes,
    // A fraction's row holds the prompt twice and both answers.
    diskBytes: rows * bytesOfToken * 2 * (size.promptTokens + size.answerTokens),
    basis: `${rows} prompts; answers as long as the human ones (${size.answerTokens.toFixed(0)} tokens on average)`,
  }
}

/** `pairs`: of all sources together. */
export function trainCost(
  size: MeasuredSize,
  probe: MeasuredTraining,
  training: TrainingSettings,
  pairs: number,
): StageForecast {
  const { batchSize, guards } = training
  const microBatch = Math.min(training.microBatch, batchSize)
  const steps = stepsOf(training, pairs)
  // The last step of an epoch is smaller where the rows don't fill it.
  const trained = Math.min(steps * batchSize, pairs * training.schedule.stopEpoch)
  const scored = training.objective === 'sft' ? 0 : pairs
  const everySteps = guards.heldOutEverySteps
  const checks = everySteps > 0 && size.heldOutRows > 0 ? 1 + Math.floor(steps / everySteps) : 0
  return {
    stage: 'finetune',
    seconds:
      size.setupSeconds +
      (trained / microBatch) * probe.secondsPerMicroBatch +
      steps * probe.updateSeconds +
      // A held-out check scores the human answers alone.
      (scored + (checks * Math.min(256, size.heldOutRows)) / 2) * probe.scoreSeconds,
    peakBytes: probe.peakBytes,
    diskBytes: 3 * checkpointBytes(probe) + savedModelBytes(size, probe, training),
    basis: `${steps} steps of ${batchSize} pairs, ${probe.secondsPerMicroBatch.toFixed(2)} s a micro-batch of ${microBatch}`,
  }
}

/** Two checkpoints are kept and a third is there while it is written. */
export const checkpointBytes = ({ trained, stateBytes }: MeasuredTraining): number => 4 * trained + stateBytes

export const savedModelBytes = (
  size: MeasuredSize,
  { trained }: MeasuredTraining,
  { adapter }: Pick<TrainingSettings, 'adapter'>,
): number => (adapter ? 4 * trained : size.modelBytes)

/** `opponent`: whether it is compared with another model; the base is scored alone. */
export function evaluateCost(
  size: MeasuredSize,
  generation: MeasuredGeneration,
  training: MeasuredTraining,
  evaluation: EvaluationSettings,
  { opponent = true } = {},
): StageForecast {
  const count = evaluation.limit > 0 ? Math.min(evaluation.limit, size.heldOutRows) : size.heldOutRows
  const answers = count * (1 + evaluation.samplesPerPrompt)
  // Half a pair each: human answers, one sample. With an opponent both answers of the held-out pairs too; all but the human
  // answers by the opponent as well.
  const scored = opponent ? 3.5 : 1
  return {
    stage: 'evaluate',
    seconds:
      2 * generation.startSeconds +
      answers * generation.secondsPerAnswer +
      scored * count * training.scoreSeconds,
    peakBytes: Math.max(generation.peakBytes, 4 * size.parameters),
    diskBytes: answers * 2 * size.answerTokens * 4,
    basis: `${answers} answers to ${count} held-out prompts`,
  }
}
