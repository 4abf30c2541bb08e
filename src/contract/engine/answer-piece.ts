import { z } from 'zod'
import { FractionDone, GenerateRequest } from './generate.ts'
import { memoryAttempt } from './memory-attempt.ts'

/**
 * One generation shared out over several engines: one of them says what is open, each answers pieces of fractions into a
 * journal of its own, and a fraction whose rows are all there is sealed by any of them, to the bytes that one engine alone
 * would have written.
 */

/** Of one generation: what an engine has opened for it stays open until it is asked for something else. */
const session = z.string().min(1)

export const GenerationPlanRequest = z.object({ session, request: GenerateRequest })
export const GenerationPlan = z.object({
  /** Hash of everything that an answer depends on. */
  key: z.string(),
  modelSha256: z.string(),
  /** See GenerateResult. */
  contextLength: z.number().int().optional(),
  fractions: z.array(
    z.object({
      index: z.number().int(),
      /** Rows of the dataset, counted from 0. */
      start: z.number().int(),
      end: z.number().int(),
      /** Those that no journal answers yet. */
      open: z.array(z.number().int()),
      sealed: FractionDone.nullable(),
    }),
  ),
  warnings: z.array(z.string()),
})
export type GenerationPlan = z.infer<typeof GenerationPlan>

const ofGeneration = {
  session,
  /** As the plan was asked for, with the plan's `contextLength`. */
  request: GenerateRequest,
  /** The plan's. */
  key: z.string(),
  fraction: z.number().int().min(0),
}
export const AnswerPieceRequest = z.object({
  ...ofGeneration,
  /** Rows of the dataset that lie in the fraction. */
  rows: z.array(z.number().int().min(0)).min(1),
  /** Names the journal: no two engines at work have the same. */
  part: z.string().regex(/^[\w-]+$/),
  memoryAttempt,
})
export type AnswerPieceRequest = z.infer<typeof AnswerPieceRequest>
export const SealFractionRequest = z.object(ofGeneration)
export type SealFractionRequest = z.infer<typeof SealFractionRequest>

/** Rows that are on disk now. */
export const RowsAnswered = z.object({
  kind: z.literal('answered'),
  rows: z.array(z.number().int()),
  /** Answered of the piece so far. */
  done: z.number().int(),
  /** Made since the last of these events, those of unfinished answers included. */
  tokens: z.number(),
})
export type RowsAnswered = z.infer<typeof RowsAnswered>
export const PieceDone = z.object({ kind: z.literal('done'), rows: z.number().int() })
export type PieceDone = z.infer<typeof PieceDone>
