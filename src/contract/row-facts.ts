import { z } from 'zod'

/** What a plan is fitted to: how long the rows are, and whether answers can be checked. */
export const RowFactsRequest = z.object({
  modelDir: z.string(), // whose tokenizer and template count
  dataPath: z.string(), // reformatted train rows
  promptFormat: z.enum(['chat', 'official']).default('chat'),
})
export type RowFactsRequest = z.input<typeof RowFactsRequest>

/** [i] = tokens that i % of the rows do not exceed; 101 numbers. */
const Percentiles = z.array(z.number()).length(101)

export const RowFacts = z.object({
  rows: z.number().int(),
  /** Rows that were rendered: at most 512, taken at even distances. */
  measured: z.number().int(),
  prompt: Percentiles,
  /** Human answers, their end token included. */
  answer: Percentiles,
  /** Prompt and answer. */
  whole: Percentiles,
  /** Whether rows name a checker, so that sampled answers can be called right or wrong. */
  checkable: z.boolean(),
})
export type RowFacts = z.infer<typeof RowFacts>
