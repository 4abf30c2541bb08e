import { z } from 'zod'
import { GateSettings, TrainingSettings } from '../settings.ts'
import { memoryAttempt } from './memory-attempt.ts'

/** Training on pairs. */

export const FinetuneRequest = z.object({
  /** The start model; it is also the opponent. */
  modelDir: z.string(),
  /** Pair files with the share of rows taken from each (the first ⌊share·n⌋ rows, as the official mixer does). */
  sources: z.array(z.object({ path: z.string(), fraction: z.number().gt(0).max(1) })).min(1),
  /** Held-out pairs for the guards; null = none. */
  heldOutPath: z.string().nullable().default(null),
  workDir: z.string(), // checkpoints and opponent log-probs
  outDir: z.string(), // the finished Hugging Face folder
  settings: TrainingSettings,
  gates: GateSettings,
  /** Of the opponent that made the answers: see GenerateResult. */
  contextLength: z.number().int().optional(),
  memoryAttempt,
})
export type FinetuneRequest = z.input<typeof FinetuneRequest>
/**
 * One line of the training curve. A stage that continues from a checkpoint first sends the steps before it again (from its
 * metrics.jsonl): whoever records them may have died with some on the way, and recording a step twice changes nothing.
 */
export const StepMetrics = z.object({
  kind: z.literal('step'),
  step: z.number().int(), // 0 = before the first update
  totalSteps: z.number().int(),
  epoch: z.number(),
  loss: z.number(), // everything that was minimised
  spinLoss: z.number(), // the SPIN term alone; NaN-free: 0 for sft
  nll: z.number(), // token-mean NLL of the real answers
  rewardReal: z.number(), // β·(policy − opponent) log-prob, mean over the batch
  rewardGenerated: z.number(),
  margin: z.number(),
  accuracy: z.number(), // share of pairs with margin > 0
  logpReal: z.number(), // mean summed log-prob
  logpGenerated: z.number(),
  realShift: z.number(), // mean (policy − opponent) log-prob of the real answers, nats an answer
  eosShift: z.number(),
  /** Mean entropy of the policy's next-token distribution at the response tokens, nats; null: not measured. */
  entropy: z.number().nullable().default(null),
  /**
   * Mean (opponent − policy) log-prob of the generated answers, nats an answer: they are the opponent's samples, so this
   * is a Monte-Carlo KL(opponent ‖ policy), over the answers that differ from the real one. For `dpo` the same number of
   * the rejected answers, which is no KL unless the start model wrote them. null: no such answer in the step.
   */
  kl: z.number().nullable().default(null),
  /** The same divided by the answers' tokens, nats a token. */
  klPerToken: z.number().nullable().default(null),
  gradNorm: z.number(), // before clipping; 0 where the step was skipped, because it was not finite
  /** What the loss was multiplied by (f16); nothing in other types. */
  lossScale: z.number().nullish(),
  /** With a loss scale: steps up to this one that changed no weight, because a gradient overflowed. */
  skippedSteps: z.number().int().nullish(),
  lr: z.number(),
  tokensPerSecond: z.number(),
  stepMs: z.number(),
})
export type StepMetrics = z.infer<typeof StepMetrics>
export const FinetuneResult = z.object({
  kind: z.literal('done'),
  modelDir: z.string(),
  modelSha256: z.string(), // of the weights; of an adapter and its base together
  steps: z.number().int(),
  step0Loss: z.number(), // the SPIN term alone
  lastLoss: z.number(),
  lastNll: z.number(),
  /** Why it ended before its last step, in words; null = it did not. */
  stoppedBy: z.string().nullable(),
  /** The step whose weights were saved (the best kept checkpoint when a guard stopped it). */
  savedStep: z.number().int(),
  pairs: z.number().int(),
  nllOnlyRows: z.number().int(),
  seconds: z.number(),
})
export type FinetuneResult = z.infer<typeof FinetuneResult>
