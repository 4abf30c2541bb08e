import type { PlanChoice, PlanForecast, PlanPatch, PlanWarning } from '../../contract/app/plans.ts'
import type { TrainingMethod } from '../../contract/presets.ts'
import { fitPlan, methodOf } from './fit-plan.ts'
import type { PlanBasis } from './plan-basis.ts'
import { planWords } from '../../strings/plan.ts'

const words = planWords.memory

/** Memory that must stay free for the system and the app's own processes: forecast/advice.ts keeps as much. */
const reserveBytes = 1.5 * 2 ** 30

/** Stages that do not fit, each with the change that costs the least: half as much at once, then a smaller method. */
export function memoryWarnings({
  choice,
  basis,
  peaks,
  memoryBytes,
}: {
  choice: PlanChoice
  basis: PlanBasis
  peaks: PlanForecast['memory']['stages']
  memoryBytes: number
}): PlanWarning[] {
  return tooLarge({ choice, basis, peaks, usableBytes: memoryBytes - reserveBytes }, (kind, peakBytes) => ({
    title: words[kind](peakBytes, memoryBytes),
    message: words.reserve(reserveBytes),
  }))
}

/** Of a device's memory the driver and the programs themselves take their share. */
const usableOfDevice = 0.9

/** The same for the memory of the device that is computed on; nothing where it does not say how much it has. */
export function deviceWarnings({
  choice,
  basis,
  device,
}: {
  choice: PlanChoice
  basis: PlanBasis
  device: PlanForecast['memory']['device']
}): PlanWarning[] {
  if (!device || device.totalBytes === null) return []
  const { name, totalBytes, stages: peaks } = device
  return tooLarge({ choice, basis, peaks, usableBytes: usableOfDevice * totalBytes }, (kind, peakBytes) => ({
    title: words.onDevice[kind](peakBytes, name, totalBytes),
    message: words.counted,
  }))
}

interface Peaks {
  choice: PlanChoice
  basis: PlanBasis
  peaks: PlanForecast['memory']['stages']
  usableBytes: number
}

function tooLarge(
  { choice, basis, peaks, usableBytes }: Peaks,
  say: (kind: 'generating' | 'training', peakBytes: number) => Pick<PlanWarning, 'title' | 'message'>,
): PlanWarning[] {
  return peaks
    .filter(({ peakBytes, stage }) => peakBytes > usableBytes && stage !== 'evaluate')
    .map(({ stage, peakBytes }) => ({
      path:
        stage === 'generate'
          ? 'plan.iterations.0.generation.batchSize'
          : 'plan.iterations.0.training.microBatch',
      ...say(stage === 'generate' ? 'generating' : 'training', peakBytes),
      fix: stage === 'generate' ? halfBatch(choice) : lessTraining(choice, basis),
    }))
}

const forAll = ({ plan }: PlanChoice, rest: string, value: number): PlanPatch =>
  plan.iterations.map((_, i) => ({ path: `plan.iterations.${i}.${rest}`, value }))

function halfBatch(choice: PlanChoice): PlanWarning['fix'] {
  const { batchSize } = choice.plan.iterations[0]!.generation
  if (batchSize === 1) return null
  const half = Math.ceil(batchSize / 2)
  return { words: words.answerAtOnce(half), patch: forAll(choice, 'generation.batchSize', half) }
}

const smaller: Partial<Record<TrainingMethod, { method: TrainingMethod; words: string }>> = {
  full: { method: 'lora', words: words.lora },
  lora: { method: 'qlora8', words: words.qlora8 },
  qlora8: { method: 'qlora4', words: words.qlora4 },
}

function lessTraining(choice: PlanChoice, basis: PlanBasis): PlanWarning['fix'] {
  const { training } = choice.plan.iterations[0]!
  if (training.microBatch > 1) {
    const half = Math.ceil(training.microBatch / 2)
    return { words: words.trainAtOnce(half), patch: forAll(choice, 'training.microBatch', half) }
  }
  const next = smaller[methodOf(training)]
  if (!next) return null
  return { words: next.words, patch: methodPatch(choice, basis, next.method) }
}

/** Another method with the learning rate that belongs to it; everything else stays. */
export function methodPatch(choice: PlanChoice, basis: PlanBasis, method: TrainingMethod): PlanPatch {
  const iterations = choice.plan.iterations.length
  const fitted = fitPlan(basis, 'workstation', { iterations, method }).plan.iterations
  return fitted.flatMap(({ training }, i) => [
    { path: `plan.iterations.${i}.training.adapter`, value: training.adapter },
    { path: `plan.iterations.${i}.training.optimizer.lr`, value: training.optimizer.lr },
  ])
}
