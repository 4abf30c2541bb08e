import { z } from 'zod'

/** One turn of a conversation, as Hugging Face chat templates take it. */
export const Message = z.object({
  role: z.enum(['system', 'user', 'assistant']),
  content: z.string(),
})
export type Message = z.infer<typeof Message>

/**
 * One row of a reformatted dataset. `id` is the hash of the prompt's content, so the same prompt has the same
 * id in every dataset and a duplicate is visible. `check` names a checker and its parameters (see
 * engine/evaluation/checkers) where the answer can be verified by a program; null where it can't.
 */
export const DatasetRow = z.object({
  id: z.string(),
  prompt: z.array(Message).min(1),
  answer: z.string(),
  check: z.string().nullable(),
})
export type DatasetRow = z.infer<typeof DatasetRow>

/** `stop`: an EOS id was sampled. `length`: max_new_tokens was reached and the answer is cut ("capped"). */
export const FinishReason = z.enum(['stop', 'length'])
export type FinishReason = z.infer<typeof FinishReason>

/** A row of a fraction file (`loser_0.jsonl`). `real` and `generated` are shaped as in the official repository. */
export const FractionRow = z.object({
  id: z.string(),
  real: z.array(Message),
  generated: z.array(Message),
  check: z.string().nullable(),
  seed: z.number().int(),
  finish_reason: FinishReason,
  prompt_tokens: z.number().int(),
  generated_tokens: z.number().int(),
})
export type FractionRow = z.infer<typeof FractionRow>

/** A row of `train_prefs-00000-of-00001.parquet`: what one training pair needs. */
export const PairRow = z.object({
  id: z.string(),
  prompt: z.array(Message).min(1),
  real: z.string(),
  generated: z.string(),
  finishReason: FinishReason,
  check: z.string().nullable(),
})
export type PairRow = z.infer<typeof PairRow>
