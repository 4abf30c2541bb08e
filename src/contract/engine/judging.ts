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

export const judgingEngineStreams = {
  answerQuestions: { input: AnswersRequest, event: z.union([Progress, LogEvent, AnswersResult]) },
} as const
