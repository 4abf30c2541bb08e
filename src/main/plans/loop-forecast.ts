import type { PlanChoice, PlanForecast, PlanWarning, StageSeconds } from '../../contract/app/plans.ts'
import type { DeviceChoice } from '../../contract/devices.ts'
import type { MeasuredGeneration, MeasuredSize, MeasuredTraining } from '../../contract/forecast.ts'
import {
  checkpointBytes,
  evaluateCost,
  generateCost,
  savedModelBytes,
  trainCost,
} from '../../contract/stage-costs.ts'
import { sftSettings } from '../loop/run-sft-comparison.ts'
import { plannedTrainings, usedRows } from './check-plan.ts'
import { deviceMemory } from './device-memory.ts'
import { deviceWarnings, memoryWarnings } from './memory-warnings.ts'
import type { PlanBasis } from './plan-basis.ts'
import { planWords } from '../../strings/plan.ts'

export interface MeasuredPlan {
  size: MeasuredSize
  /** One an iteration. */
  iterations: { generation: MeasuredGeneration; training: MeasuredTraining }[]
  sft: MeasuredTraining | null
}

/** Forecast over measurement in docs/performance.md: 0.89 to 1.04 of the time that stages really took. */
export const forecastOverTruth = { least: 0.89, most: 1.04 } as const

/** Two are kept of each training, the newest and the best; one more is there while it is written. */
const checkpointsKept = 2

/** The whole loop from what was measured of its parts. */
export function loopForecast({
  choice,
  basis,
  measured,
  machine,
  device = null,
  duringRun,
}: {
  choice: PlanChoice
  basis: PlanBasis
  measured: MeasuredPlan
  machine: { memoryBytes: number; freeMemoryBytes: number; freeDiskBytes: number }
  /** What engines compute on. */
  device?: DeviceChoice | null
  duringRun: boolean
}): PlanForecast {
  const { plan } = choice
  const size = {
    ...measured.size,
    rows: usedRows(choice.rowLimit, basis.data.trainRows),
    heldOutRows: basis.data.testRows,
  }
  const trainings = plannedTrainings(choice, basis.data.trainRows)
  const iterations = plan.iterations.map(({ training }, i) => {
    const probe = measured.iterations[i]!
    return {
      generate: generateCost(size, probe.generation),
      train: trainCost(size, probe.training, training, trainings.iterations[i]!.pairs),
      evaluate: evaluateCost(size, probe.generation, probe.training, plan.evaluation),
      modelBytes: savedModelBytes(size, probe.training, training),
      checkpoint: checkpointBytes(probe.training),
    }
  })
  const [first] = measured.iterations
  const base = evaluateCost(size, first!.generation, first!.training, plan.evaluation, { opponent: false })
  const sft = trainings.sft && measured.sft && sftCost(trainings.sft, measured.sft)

  function sftCost({ pairs, steps }: { pairs: number; steps: number }, probe: MeasuredTraining) {
    const settings = sftSettings(plan, { steps, rows: pairs })
    return {
      train: trainCost(size, probe, settings, pairs),
      evaluate: evaluateCost(size, first!.generation, first!.training, plan.evaluation),
      modelBytes: savedModelBytes(size, probe, settings),
      checkpoint: checkpointBytes(probe),
    }
  }

  const trained = [...iterations, ...(sft ? [sft] : [])]
  const made = [
    ...iterations.map(({ generate }) => generate),
    ...trained.flatMap((it) => [it.train, it.evaluate]),
    base,
  ]
  const seconds = sum(made.map((stage) => stage.seconds))
  const peakOf = (stages: readonly { peakBytes: number }[]): number =>
    Math.max(...stages.map((it) => it.peakBytes))
  const peaks = [
    { stage: 'generate' as const, peakBytes: peakOf(iterations.map(({ generate }) => generate)) },
    { stage: 'train' as const, peakBytes: peakOf(trained.map(({ train }) => train)) },
    { stage: 'evaluate' as const, peakBytes: peakOf([...trained.map(({ evaluate }) => evaluate), base]) },
  ]
  const modelBytes = sum(trained.map((it) => it.modelBytes))
  const resumeBytes =
    checkpointsKept * sum(trained.map(({ checkpoint }) => checkpoint)) +
    Math.max(...trained.map((it) => it.checkpoint))
  const answerBytes = sum([
    ...iterations.map(({ generate }) => generate.diskBytes),
    ...trained.map(({ evaluate }) => evaluate.diskBytes),
    base.diskBytes,
  ])
  const diskBytes = modelBytes + resumeBytes + answerBytes
  const peakBytes = peakOf(peaks)
  const onDevice = deviceMemory(choice, basis, measured, device)
  return {
    seconds,
    leastSeconds: seconds / forecastOverTruth.most,
    mostSeconds: seconds / forecastOverTruth.least,
    base: { generate: null, train: null, evaluate: base.seconds },
    iterations: iterations.map(secondsOf),
    sft: sft && secondsOf(sft),
    memory: {
      stages: peaks,
      peakBytes,
      totalBytes: machine.memoryBytes,
      freeBytes: machine.freeMemoryBytes,
      device: onDevice,
    },
    disk: {
      models: trained.length,
      modelBytes: modelBytes / trained.length,
      resumeBytes,
      answerBytes,
      bytes: diskBytes,
      freeBytes: machine.freeDiskBytes,
    },
    warnings: [
      ...memoryWarnings({ choice, basis, peaks, memoryBytes: machine.memoryBytes }),
      ...deviceWarnings({ choice, basis, device: onDevice }),
      ...diskWarning(diskBytes, machine.freeDiskBytes),
    ],
    duringRun,
  }
}

function secondsOf({
  generate,
  train,
  evaluate,
}: {
  generate?: { seconds: number }
  train: { seconds: number }
  evaluate: { seconds: number }
}): StageSeconds {
  return { generate: generate?.seconds ?? null, train: train.seconds, evaluate: evaluate.seconds }
}

function diskWarning(bytes: number, freeBytes: number): PlanWarning[] {
  if (bytes <= freeBytes) return []
  return [
    {
      path: 'disk',
      title: planWords.disk.title(bytes, freeBytes),
      message: planWords.disk.fix(bytes - freeBytes),
      fix: null,
    },
  ]
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
