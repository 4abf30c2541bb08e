import { z } from 'zod'
import { AnswerSettings, JudgedModelId } from '../judging.ts'
import { memoryAttempt } from './memory-attempt.ts'
import { LogEvent, Progress } from './progress.ts'

/** Answers to be judged, as main asks the engine for them. */

/** Resumable to the turn: what is journalled is not generated again, and the file ends with the same bytes. */
export const AnswersRequest = z.object({
  modelDir: z.string(),
  modelId: JudgedModelId,
  questionsPath: z.string(),
  /** Gets `<modelId>.jsonl` in FastChat's shape. */
  outDir: z.string(),
  settings: AnswerSettings,
  memoryAttempt,
})
export type AnswersRequest = z.input<typeof AnswersRequest>

export const AnswersResult = z.object({
  kind: z.literal('done'),
  answersPath: z.string(),
  answersSha256: z.string(),
  modelSha256: z.string(),
  questions: z.number().int(),
  /** Turns cut at the longest answer, turns that the end of the context cut, and turns with no text at all. */
  capped: z.number().int(),
  noRoom: z.number().int(),
  empty: z.number().int(),
  tokens: z.number().int(),
})
export type AnswersResult = z.infer<typeof AnswersResult>

/**
 * How probable the answers of an iteration are beside those of its base, and beside the human ones: a comparison without a
 * judge, and no judgement of quality. See engine/evaluation/judging/log-prob-preference.ts for the formula.
 */
export const PreferenceRequest = z.object({
  baseDir: z.string(),
  modelDir: z.string(),
  /** Reformatted held-out rows, and the evaluations' `answers.jsonl` on them: greedy answers of the model and the base. */
  dataPath: z.string(),
  answersPath: z.string(),
  baseAnswersPath: z.string(),
  outDir: z.string(),
  promptFormat: z.enum(['chat', 'official']).default('chat'),
  batchSize: z.number().int().min(1).max(1024).default(16),
  /** Held-out rows used; 0 = all. */
  limit: z.number().int().min(0).default(0),
  memoryAttempt,
})
export type PreferenceRequest = z.input<typeof PreferenceRequest>

const Interval = z.object({ low: z.number(), high: z.number() })

/** The model's answers against one opponent's. Rates are 0–1, ties count half; intervals are bootstrap, 95 %. */
export const LogProbPreference = z.object({
  opponent: z.enum(['base', 'human']),
  pairs: z.number().int(),
  wins: z.number().int(),
  /** Mostly: the same answer. */
  ties: z.number().int(),
  winRate: z.number(),
  interval: Interval,
  /** What the win rate would be for answers of equal length, by regression on the difference of lengths. */
  lengthControlled: z.object({
    winRate: z.number(),
    interval: Interval,
    /** Logits that the longest-by-one-sd answer gains; 0 = length decides nothing. */
    slope: z.number(),
  }),
  /** Of pairs whose lengths differ by 20 % at most; null where there is none. */
  matched: z.object({ pairs: z.number().int(), winRate: z.number().nullable() }),
  /** Win rates where the base alone, and the model alone, says what is probable. */
  byBase: z.number(),
  byModel: z.number(),
  meanTokens: z.number(),
  meanTokensOpponent: z.number(),
})
export type LogProbPreference = z.infer<typeof LogProbPreference>

export const PreferenceResult = z.object({
  kind: z.literal('done'),
  modelSha256: z.string(),
  baseSha256: z.string(),
  rows: z.number().int(),
  against: z.array(LogProbPreference),
  /** `preferences.jsonl`: a line a row with the four sums and lengths that the rates are made of. */
  rowsPath: z.string(),
})
export type PreferenceResult = z.infer<typeof PreferenceResult>

export const judgingEngineStreams = {
  answerQuestions: { input: AnswersRequest, event: z.union([Progress, LogEvent, AnswersResult]) },
  logProbPreference: { input: PreferenceRequest, event: z.union([Progress, LogEvent, PreferenceResult]) },
} as const
