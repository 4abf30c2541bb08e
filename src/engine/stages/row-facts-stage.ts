import type { z } from 'zod'
import { AppError } from '../../contract/errors.ts'
import type { RowFacts, RowFactsRequest } from '../../contract/row-facts.ts'
import { readDatasetRows } from '../data/dataset-rows.ts'
import { measureRows } from '../forecast/row-lengths.ts'
import { openModel } from './model-context.ts'

/** Lengths of a sample of the rows as this model's tokenizer and template make them. Throws DATASET_EMPTY. */
export async function rowFactsStage({
  modelDir,
  dataPath,
  promptFormat,
}: z.output<typeof RowFactsRequest>): Promise<RowFacts> {
  const { renderer } = await openModel(modelDir, promptFormat)
  const rows = await readDatasetRows(dataPath)
  if (rows.length === 0)
    throw new AppError('DATASET_EMPTY', `Expected rows in ${dataPath}, found none. Import the dataset again.`)
  const { prompt, answer } = measureRows(rows, renderer)
  return {
    rows: rows.length,
    measured: prompt.length,
    prompt: percentiles(prompt),
    answer: percentiles(answer),
    whole: percentiles(prompt.map((tokens, i) => tokens + answer[i]!)),
    checkable: rows.some(({ check }) => check !== null),
  }
}

/** [i] = the smallest value that at least i % of the values do not exceed. */
function percentiles(values: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b)
  return Array.from({ length: 101 }, (_, i) => sorted[Math.max(0, Math.ceil((i / 100) * sorted.length) - 1)]!)
}
