import { z } from 'zod'
import { FinishReason } from '../chat.ts'
import { EvaluationSettings } from '../settings.ts'
import { memoryAttempt } from './memory-attempt.ts'

/** Scores of a model on held-out rows. */

export const EvaluateRequest = z.object({
  modelDir: z.string(),
  /** The model it is compared with (KL, rewards); null = itself. */
  opponentDir: z.string().nullable().default(null),
  dataPath: z.string(), // reformatted held-out rows
  heldOutPairsPath: z.string().nullable().default(null),
  outDir: z.string(),
  beta: z.number().gt(0).default(0.1),
  promptFormat: z.enum(['chat', 'official']).default('chat'),
  settings: EvaluationSettings,
  memoryAttempt,
})
export type EvaluateRequest = z.input<typeof EvaluateRequest>
export const EvaluationResult = z.object({
  kind: z.literal('done'),
  rows: z.number().int(),
  /** Share of valid answers (checker) or exact matches (no checker), 0–1. */
  greedy: z.number(),
  sampled: z.number().nullable(),
  temperature: z.number(),
  /** SPIN loss on the held-out pairs; ln 2 for a model against itself; null without pairs. */
  heldOutLoss: z.number().nullable(),
  heldOutNll: z.number(), // token-mean NLL of the human answers
  rewardAccuracy: z.number().nullable(),
  margin: z.number().nullable(),
  /** Monte-Carlo KL(policy ‖ opponent), nats an answer, on the policy's own temperature-1 samples. */
  kl: z.number().nullable(),
  meanTokensReal: z.number(),
  meanTokensGreedy: z.number(),
  cappedShare: z.number(),
  /** Scores by kind of task where `check` names one. */
  byKind: z.record(
    z.string(),
    z.object({ rows: z.number().int(), greedy: z.number(), sampled: z.number().nullable() }),
  ),
  /** JSONL with per-row greedy answer, sampled answers and their validity: the paired bootstrap reads it. */
  answersPath: z.string(),
  seconds: z.number(),
})
export type EvaluationResult = z.infer<typeof EvaluationResult>

export const EvaluationAnswer = z.object({
  id: z.string(),
  prompt: z.string(),
  real: z.string(),
  check: z.string().nullable(),
  greedy: z.string(),
  /** `length`: cut at max_new_tokens. Absent in evaluations by older versions. */
  greedyFinish: FinishReason.optional(),
  greedyValid: z.boolean(),
  sampled: z.array(z.string()),
  sampledValid: z.array(z.boolean()),
})
export type EvaluationAnswer = z.infer<typeof EvaluationAnswer>
