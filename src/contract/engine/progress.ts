import { z } from 'zod'

/** One engine's part of what several do together. */
export const DeviceShare = z.object({
  name: z.string(), // "cpu 2", "cuda:1"
  /** Units that it has done. */
  done: z.number(),
  rate: z.number().nullable(),
  tokensPerSecond: z.number().nullable(),
  /** It left, or failed too often; the others go on. */
  isOut: z.boolean(),
})
export type DeviceShare = z.infer<typeof DeviceShare>

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
  /** Where several engines share the work: each one's part. */
  devices: z.array(DeviceShare).optional(),
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

/** What a stage computes on, said where the work begins. */
export const DeviceEvent = z.object({
  kind: z.literal('device'),
  work: z.enum(['answers', 'training', 'scoring']),
  id: z.string(), // "cpu", "cuda:0"
})
export type DeviceEvent = z.infer<typeof DeviceEvent>
