import { setImmediate as otherWork } from 'node:timers/promises'
import type { z } from 'zod'
import type { ContaminationRequest, ContaminationResult, LogEvent, Progress } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import { progressWords } from '../../strings/progress.ts'
import { realSide } from '../data/dataset-rows.ts'
import { readParquetRecords } from '../data/read-parquet.ts'
import { RowProblem } from '../data/validate-row.ts'
import { loadTask } from '../evaluation/benchmarks/load-task.ts'
import { WordOverlap } from '../evaluation/benchmarks/word-overlap.ts'
import { StageProgress } from './stage-progress.ts'

const progressEveryMs = 200

/**
 * Which questions of tasks share words in a row with the prompts and human answers of training rows. Takes turns with
 * other work of the process; nothing is written. Errors: those of loadTask, FILE_NOT_FOUND, FILE_UNREADABLE, CANCELLED.
 */
export async function* contaminationStage(
  request: z.output<typeof ContaminationRequest>,
  signal: AbortSignal,
): AsyncGenerator<Progress | LogEvent | ContaminationResult> {
  const { dataDir, taskFiles, trainPath, words } = request
  const tasks = [...new Set(request.tasks)]
  const overlap = new WordOverlap(words)
  const reading = new StageProgress(progressWords.readingTasks, tasks.length, progressWords.units.tasks)
  for (const [i, name] of tasks.entries()) {
    yield reading.at(i)
    refuseStopped(signal)
    const parts = await loadTask(name, {
      dataDir,
      profile: 'harness-0.4.0',
      chat: null,
      limit: null,
      taskFiles,
      warn: () => undefined, // told where scores are made
    })
    overlap.addTask(
      name,
      parts.flatMap(({ questions }) => questions),
    )
  }
  let rows = 0
  let lastMs = performance.now()
  let comparing: StageProgress | null = null
  for await (const { json, totalRows } of readParquetRecords(trainPath, ['id', 'real', 'chosen', 'check'])) {
    comparing ??= new StageProgress(progressWords.comparingRows, totalRows, progressWords.units.rows)
    for (const text of json) {
      rows++
      for (const one of textsOf(text)) overlap.compare(one)
      if (performance.now() - lastMs < progressEveryMs) continue
      lastMs = performance.now()
      yield comparing.at(rows)
      await otherWork()
      refuseStopped(signal)
    }
  }
  yield { kind: 'done', tasks: overlap.summary(), trainRows: rows, words }
}

/** Each message by itself, so that no overlap spans two; a row that does not parse trains nothing. */
function textsOf(json: string): { row: string; text: string }[] {
  try {
    const { id, prompt, real } = realSide(JSON.parse(json) as Record<string, unknown>)
    const texts = [...prompt.map(({ content }) => content), real]
    // A question may be the prompt and its answer what follows it.
    if (prompt.length > 0) texts.push(`${prompt.at(-1)!.content} ${real}`)
    return texts.map((text) => ({ row: id, text }))
  } catch (error) {
    if (error instanceof RowProblem) return []
    throw error
  }
}

function refuseStopped(signal: AbortSignal): void {
  if (signal.aborted) throw new AppError('CANCELLED', 'The comparison was stopped.')
}
