import { z } from 'zod'

/** What every stage says of itself while it is at work. */

export const Progress = z.object({
  kind: z.literal('progress'),
  stage: z.string(), // what is being done, in words a person understands: "Answering prompts"
  done: z.number(),
  total: z.number(),
  unit: z.string(), // "rows", "steps", …
  /** Units per second over the recent past; null while measuring. */
  rate: z.number().nullable(),
  /** Generated or trained tokens per second, where it has a meaning. */
  tokensPerSecond: z.number().nullable().default(null),
})
export type Progress = z.infer<typeof Progress>

export const LogEvent = z.object({
  kind: z.literal('log'),
  level: z.enum(['info', 'warning']),
  message: z.string(),
  /** Said by main: the engine ended, and what it was doing is asked for again. */
  again: z.literal(true).optional(),
})
export type LogEvent = z.infer<typeof LogEvent>
