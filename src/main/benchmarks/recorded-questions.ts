import type { QuestionPair } from '../../contract/app/benchmarks.ts'
import type { BenchmarkScore } from '../../contract/benchmarks.ts'
import { fromPortable } from '../loop/portable-paths.ts'
import { openRecord } from '../results/results.ts'
import type { BenchmarkRow } from '../store/benchmark-queries.ts'
import type { Store } from '../store/store.ts'
import { expectEvaluation, expectPrimary } from './benchmark-views.ts'
import { questionsPath } from './evaluation-files.ts'
import { openQuestions, type QuestionFile } from './question-file.ts'
import { questionPage, type QuestionPage } from './question-pages.ts'

export interface AskedQuestions extends Omit<QuestionPage, 'subjects'> {
  id: number
  otherId: number | null
  /** What was asked for, or a subject or group of it. */
  task: string
}

/** A page of an evaluation's questions. Throws BAD_INPUT, FILE_NOT_FOUND, FILE_UNREADABLE. */
export async function recordedQuestions(
  store: Store,
  { id, otherId, task, ...page }: AskedQuestions,
): Promise<{ total: number; questions: QuestionPair[] }> {
  const scores = store.benchmarkScores(id)
  const row = expectEvaluation(store, id)
  const whole = wholeTask(scores, task)
  const { metric, filter } = expectPrimary(scores, whole)
  const file = await questionsOf(store, row, whole)
  const other = otherId === null ? null : await questionsOf(store, expectEvaluation(store, otherId), whole)
  const subjects = whole === task ? null : subjectsOf(scores, task)
  return questionPage(file, other, `${metric},${filter}`, { ...page, subjects })
}

const questionsOf = (store: Store, row: BenchmarkRow, task: string): Promise<QuestionFile> =>
  openQuestions(
    questionsPath(fromPortable(row.outDir, openRecord(store, row.runId).projectDir) as string, task),
  )

const parentOf = (scores: readonly BenchmarkScore[], task: string): string | null =>
  scores.find((score) => score.task === task)?.partOf ?? null

/** The task that was asked for: its questions are in one file. */
function wholeTask(scores: readonly BenchmarkScore[], task: string): string {
  const parent = parentOf(scores, task)
  return parent === null || parent === task ? task : wholeTask(scores, parent)
}

/** A subject itself, or all that are below a group. */
function subjectsOf(scores: readonly BenchmarkScore[], task: string): string[] {
  const below = [...new Set(scores.filter(({ partOf }) => partOf === task).map((score) => score.task))]
  return [task, ...below.flatMap((name) => subjectsOf(scores, name))]
}
