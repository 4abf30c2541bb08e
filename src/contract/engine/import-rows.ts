import { z } from 'zod'
import { ColumnMapping, DroppedRow, dropReasons } from '../dataset-format.ts'

/** Files of any layout → reformatted rows. */

export const ImportRequest = z.object({
  /** Files or folders: .parquet .json .jsonl .csv. */
  sources: z.array(z.string()).min(1),
  outDir: z.string(),
  /** File names written in outDir; the terminal uses the official `train_prefs-…` names. */
  trainName: z.string().default('train.parquet'),
  testName: z.string().default('test.parquet'),
  mapping: ColumnMapping.nullable().default(null), // null = detect
  /** Share of rows held out when the source has no split of its own; rows are chosen by hash of id and seed. */
  testShare: z.number().min(0).max(0.9).default(0.1),
  seed: z.number().int().default(42),
  /** Keeps at most so many train rows (0 = all), the first by hash order. */
  limit: z.number().int().min(0).default(0),
  /**
   * Keeps the rejected answers of a preference set: pair files (`generated` = the rejected answer) that `dpo` trains on.
   * Needs a source with both answers; rows are then told apart by prompt and both answers, not by the prompt alone.
   */
  keepRejected: z.boolean().default(false),
})
export type ImportRequest = z.input<typeof ImportRequest>

export const ImportResult = z.object({
  kind: z.literal('done'),
  mapping: ColumnMapping,
  trainPath: z.string(),
  testPath: z.string(),
  trainRows: z.number().int(),
  testRows: z.number().int(),
  readRows: z.number().int(),
  dropped: z.partialRecord(z.enum(dropReasons), z.number().int()),
  /** The first 200 dropped rows, for the report; all of them are in `dropped.jsonl` beside the result. */
  examples: z.array(DroppedRow),
})
export type ImportResult = z.infer<typeof ImportResult>
