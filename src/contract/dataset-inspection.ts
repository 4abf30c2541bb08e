import { z } from 'zod'
import { Message } from './chat.ts'
import { ColumnMapping, datasetFormats, dropReasons } from './dataset-format.ts'

/** What a look at dataset files, before and after they are imported, shows. */

export const InspectDatasetRequest = z.object({
  /** Files or folders, absolute. */
  sources: z.array(z.string()).min(1),
  mapping: ColumnMapping.nullable().default(null), // null = detect
})
export type InspectDatasetRequest = z.input<typeof InspectDatasetRequest>

export const DatasetColumn = z.object({
  name: z.string(),
  type: z.string(), // in words: "text", "list of messages", "text or nothing"
  first: z.string(), // the first value that is not empty, shortened
})
export type DatasetColumn = z.infer<typeof DatasetColumn>

/** One of the first rows of a file as training would take it, or why it would be dropped. `row` is 1-based. */
export const SampleRow = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('kept'), row: z.number().int(), prompt: z.string(), answer: z.string() }),
  z.object({
    kind: z.literal('dropped'),
    row: z.number().int(),
    reason: z.enum(dropReasons),
    detail: z.string(),
  }),
])
export type SampleRow = z.infer<typeof SampleRow>

export const DatasetFile = z.object({
  path: z.string(),
  name: z.string(), // below its folder
  bytes: z.number(),
  kind: z.enum(['parquet', 'json', 'jsonl', 'csv']),
  /** The split that the files themselves make; null = rows are divided by hash. */
  split: z.enum(['train', 'test']).nullable(),
  /** The layout that was recognised; null = none, or the file can't be read. */
  detected: ColumnMapping.nullable(),
  columns: z.array(DatasetColumn),
  sample: z.array(SampleRow),
  /** Why the file can't be imported as it stands, in words. */
  problem: z.string().nullable(),
})
export type DatasetFile = z.infer<typeof DatasetFile>

/** A layout with its roles: what the columns of a file can be used as. */
export const DatasetLayout = z.object({
  format: z.enum(datasetFormats),
  roles: z.array(z.object({ role: z.string(), required: z.boolean() })),
})
export type DatasetLayout = z.infer<typeof DatasetLayout>

export const DatasetInspection = z.object({
  files: z.array(DatasetFile),
  /** Files of a large folder that were not looked into. */
  moreFiles: z.number().int(),
  layouts: z.array(DatasetLayout),
  /** Whether the files bring train and test rows of their own. */
  ownSplit: z.boolean(),
  /** Whether every file has a second answer a row, which DPO can train on. */
  twoAnswers: z.boolean(),
})
export type DatasetInspection = z.infer<typeof DatasetInspection>

const promptFormat = z.enum(['chat', 'official']).default('chat')

export const MeasureDatasetRequest = z.object({
  trainPath: z.string(), // reformatted
  testPath: z.string().nullable(),
  modelDir: z.string(), // whose tokenizer and template count
  promptFormat,
  maxLength: z.number().int().min(1), // tokens of prompt and answer
})
export type MeasureDatasetRequest = z.input<typeof MeasureDatasetRequest>

/** Lengths in tokens of prompt and answer together, as the model's tokenizer and template make them. */
export const DatasetLengths = z.object({
  kind: z.literal('done'),
  rows: z.number().int(),
  /** Rows that were rendered: all, or an even sample of a large set; the shares below are of these. */
  measured: z.number().int(),
  binTokens: z.number().int(),
  /** Rows of [i·binTokens, (i+1)·binTokens). */
  bins: z.array(z.number().int()),
  /** Rows that are longer than the last bin. */
  beyond: z.number().int(),
  median: z.number(),
  p95: z.number(),
  longest: z.number().int(),
  medianPrompt: z.number(),
  medianAnswer: z.number(),
  limit: z.number().int(),
  overLimit: z.number().int(), // of the measured rows
  /** Rows that the template or the tokenizer refuses, and what it said of the first. */
  refused: z.number().int(),
  refusal: z.string().nullable(),
})
export type DatasetLengths = z.infer<typeof DatasetLengths>

export const DatasetRowRequest = z.object({
  path: z.string(), // reformatted
  row: z.number().int().min(0),
  modelDir: z.string().nullable(), // null = the conversation alone
  promptFormat,
})
export type DatasetRowRequest = z.input<typeof DatasetRowRequest>

export const RenderedRow = z.object({
  /** What the model reads, and behind it what it learns to write. */
  promptText: z.string(),
  answerText: z.string(),
  promptTokens: z.number().int(),
  answerTokens: z.number().int(),
  /** The first of them, prompt then answer; `text` is the token's own, '' where its character ends with a later one. */
  tokens: z.array(z.object({ id: z.number().int(), text: z.string(), learned: z.boolean() })),
})
export type RenderedRow = z.infer<typeof RenderedRow>

export const DatasetRowView = z.object({
  row: z.number().int(), // from 0
  rows: z.number().int(),
  id: z.string(),
  /** The prompt's turns and the human answer; `tokens` of the content alone, of the answer with its end. */
  turns: z.array(Message.extend({ tokens: z.number().int().nullable(), learned: z.boolean() })),
  /** The answer that DPO trains against. */
  rejected: z.string().nullable(),
  check: z.string().nullable(),
  rendered: RenderedRow.nullable(),
  /** Why it could not be rendered, in words. */
  problem: z.string().nullable(),
})
export type DatasetRowView = z.infer<typeof DatasetRowView>
