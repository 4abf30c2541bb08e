import type { RunPlan } from '../../contract/app/runs.ts'
import type { LoopPlan } from '../../contract/loop.ts'

export function planOf({ fracLen, compareSft, evaluation, iterations }: LoopPlan): RunPlan {
  return {
    fracLen,
    compareSft,
    evaluationTemperature: evaluation.temperature,
    samplesPerPrompt: evaluation.samplesPerPrompt,
    iterations: iterations.map(({ generation, training }) => ({
      temperature: generation.temperature,
      beta: training.beta,
      lr: training.optimizer.lr,
      epochs: training.schedule.stopEpoch,
      checkpointEverySteps: training.checkpointEverySteps,
    })),
  }
}
