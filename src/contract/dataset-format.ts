import { z } from 'zod'

/** Layouts of datasets, and why a row of one can't be used. */

export const datasetFormats = [
  'messages',
  'conversations',
  'prompt-response',
  'instruction',
  'real-generated',
  'chosen-rejected',
] as const
export const ColumnMapping = z.object({
  format: z.enum(datasetFormats),
  /** role → column name in the source, e.g. {prompt: "question", response: "answer"}; see engine/data/mapping. */
  columns: z.record(z.string(), z.string()),
})
export type ColumnMapping = z.infer<typeof ColumnMapping>

export const dropReasons = [
  'unreadable',
  'wrong-type',
  'no-user-turn',
  'no-assistant-turn',
  'empty-prompt',
  'empty-answer',
  'different-prompts', // chosen and rejected do not answer the same prompt
  'duplicate-prompt',
  'invalid-utf8',
  'too-large',
] as const
export const DroppedRow = z.object({
  source: z.string(),
  row: z.number().int(), // 1-based in its source file
  reason: z.enum(dropReasons),
  detail: z.string(),
})
export type DroppedRow = z.infer<typeof DroppedRow>
