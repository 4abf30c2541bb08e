import { setImmediate as otherWork } from 'node:timers/promises'
import type { z } from 'zod'
import type { DatasetLengths, MeasureDatasetRequest } from '../../contract/dataset-inspection.ts'
import type { LogEvent, Progress } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import { realSide, rejectedAnswer } from '../data/dataset-rows.ts'
import { readParquetRecords, readParquetRow } from '../data/read-parquet.ts'
import { RowProblem } from '../data/validate-row.ts'
import { lengthHistogram } from '../forecast/length-histogram.ts'
import type { Renderer } from '../text/renderer.ts'
import { StageProgress } from './stage-progress.ts'
import { openTextSide } from './text-side.ts'
import { progressWords } from '../../strings/progress.ts'

/** Rows that are rendered; of more, every n-th. A share is then known to within one percent (two standard errors). */
const rowsMeasured = 10_000
const progressEveryMs = 200

/**
 * How long the rows of a reformatted dataset are for a model. Takes turns with other work of the process; nothing is
 * written. Errors: FILE_NOT_FOUND, FILE_UNREADABLE, CANCELLED, and those of a broken model folder.
 */
export async function* measureDatasetStage(
  request: z.output<typeof MeasureDatasetRequest>,
  signal: AbortSignal,
): AsyncGenerator<Progress | LogEvent | DatasetLengths> {
  const { modelDir, promptFormat, maxLength: limit } = request
  const { renderer } = await openTextSide(modelDir, promptFormat)
  const paths = [request.trainPath, ...(request.testPath === null ? [] : [request.testPath])]
  const rows = await countRows(paths)
  const stride = Math.max(1, Math.ceil(rows / rowsMeasured))
  const progress = new StageProgress(progressWords.measuringLengths, rows, progressWords.units.rows)
  const prompts: number[] = []
  const answers: number[] = []
  let refused = 0
  let refusal: string | null = null
  let row = 0
  let lastMs = performance.now()
  for (const path of paths) {
    for await (const { json } of readParquetRecords(path, ['id', 'real', 'generated', 'check'])) {
      for (const text of json) {
        row += 1
        if ((row - 1) % stride !== 0) continue
        const length = measureRow(JSON.parse(text) as Record<string, unknown>, renderer)
        if (typeof length === 'string') {
          refused += 1
          refusal ??= length
        } else {
          prompts.push(length.prompt)
          answers.push(length.answer)
        }
        if (performance.now() - lastMs < progressEveryMs) continue
        lastMs = performance.now()
        yield progress.at(row)
        await otherWork()
        if (signal.aborted) throw new AppError('CANCELLED', 'Measuring was stopped.')
      }
    }
  }
  yield { kind: 'done', rows, limit, refused, refusal, ...lengthHistogram({ prompts, answers, limit }) }
}

/** Tokens of a row, or why it has none. The longer of two answers counts, as in training. */
function measureRow(
  record: Record<string, unknown>,
  renderer: Renderer,
): { prompt: number; answer: number } | string {
  try {
    const { prompt, real } = realSide(record)
    const rejected = rejectedAnswer(record)
    const answers = rejected === null ? [real] : [real, rejected]
    return {
      prompt: renderer.prompt(prompt).length,
      answer: Math.max(...answers.map((answer) => renderer.response(prompt, answer, 'stop').length)),
    }
  } catch (error) {
    if (error instanceof AppError || error instanceof RowProblem) return error.message
    throw error
  }
}

async function countRows(paths: readonly string[]): Promise<number> {
  let rows = 0
  for (const path of paths) rows += (await readParquetRow(path, 0)).totalRows
  return rows
}
