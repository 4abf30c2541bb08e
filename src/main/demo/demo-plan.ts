import { LoopPlan } from '../../contract/loop.ts'
import { TrainingSettings } from '../../contract/settings.ts'

/**
 * Every number of the demo. Chosen for the starter model (0.57 M parameters, character level) on two CPU cores;
 * what they give, seed by seed, is in docs/demo.md.
 */
export const demoNumbers = {
  iterations: 2,
  seed: 1,
  /** Train prompts of the starter dataset that are used. */
  prompts: 8000,
  /** Held-out prompts that are scored. */
  heldOutPrompts: 1000,
  samplesPerPrompt: 4,
  /** Longest answer of the starter's tasks, in tokens (characters), with room for wrong ones. */
  maxNewTokens: 40,
  generationBatch: 128,

  /** Optimizer steps of one iteration, and pairs a step. */
  stepsPerIteration: 125,
  batchSize: 64,
  microBatch: 16,
  /** Above 1 the opponent shows more of its mistakes; at or below 1 there is little to learn from. */
  opponentTemperature: 1.8,
  /** Peak and end of each iteration's cosine; the last entry serves every later iteration. Together one long decay. */
  learningRates: [
    { peak: 8e-4, finalRatio: 0.5 },
    { peak: 4e-4, finalRatio: 0.1 },
  ],
  beta: 0.3,
  nllWeight: 1.5,
  warmupSteps: 10,
  sftFinalRatio: 0.1,
  /** An iteration trains on this share of its own pairs and of the previous iteration's: one pass over 8,000 pairs. */
  currentFraction: 0.75,
  previousFraction: 0.25,

  /** "As much SFT instead" has its own learning rate, tuned as well as SPIN's. */
  sftLr: 1e-3,
  /** Lower temperatures at which the base is sampled: what can be had without training. */
  baseTemperatures: [0.5, 0.7, 0.85],
} as const

/** Iterations after the first train on their own and the previous iteration's pairs. */
export function demoLoopPlan({ iterations, seed }: { iterations: number; seed: number }): LoopPlan {
  const n = demoNumbers
  return LoopPlan.parse({
    preset: 'custom',
    iterations: Array.from({ length: iterations }, (_, iteration) => {
      const rate = n.learningRates[Math.min(iteration, n.learningRates.length - 1)]!
      return {
        generation: {
          temperature: n.opponentTemperature,
          maxNewTokens: n.maxNewTokens,
          batchSize: n.generationBatch,
          seed: seed * 1000 + iteration, // another stream an iteration: the same draws would repeat the same mistakes
        },
        training: {
          ...common(seed * 1000 + iteration),
          objective: 'spin',
          beta: n.beta,
          nllWeight: n.nllWeight,
          optimizer: { kind: 'adamw', lr: rate.peak },
          schedule: schedule(n.stepsPerIteration, n.prompts, rate.finalRatio),
          maxSteps: n.stepsPerIteration,
        },
        currentFraction: iteration === 0 ? 1 : n.currentFraction,
        previousFraction: n.previousFraction,
      }
    }),
    fracLen: 800,
    evaluation: {
      samplesPerPrompt: n.samplesPerPrompt,
      temperature: 1,
      maxNewTokens: n.maxNewTokens,
      batchSize: n.generationBatch,
      limit: n.heldOutPrompts,
      seed,
    },
    // Fixed before the run: every iteration is made, and the last one is what the report judges.
    stopRule: { score: 'sampled', patience: iterations },
  })
}

/** The same number of steps on the same rows, without opponent. `rows` = pairs of all sources together. */
export function demoSftSettings({
  steps,
  rows,
  seed,
}: {
  steps: number
  rows: number
  seed: number
}): TrainingSettings {
  return TrainingSettings.parse({
    ...common(seed * 1000),
    microBatch: 2 * demoNumbers.microBatch, // one sequence a row instead of two: the same tokens at a time
    objective: 'sft',
    optimizer: { kind: 'adamw', lr: demoNumbers.sftLr },
    schedule: schedule(steps, rows, demoNumbers.sftFinalRatio),
    maxSteps: steps,
    // They compare with the start model, which SFT leaves behind on purpose.
    guards: { enabled: false },
  })
}

function common(seed: number) {
  const { batchSize, microBatch } = demoNumbers
  return { batchSize, microBatch, maxLength: 160, maxPromptLength: 96, seed, checkpointEverySteps: 25 }
}

/** A cosine that ends where training ends, after `steps` steps of ⌈rows/batch⌉ an epoch. */
function schedule(steps: number, rows: number, finalRatio: number) {
  const epochs = steps / Math.ceil(rows / demoNumbers.batchSize)
  const { warmupSteps } = demoNumbers
  return { kind: 'cosine' as const, warmupSteps, finalRatio, scheduleEpochs: epochs, stopEpoch: epochs }
}
