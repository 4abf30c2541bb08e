import { setImmediate as otherWork } from 'node:timers/promises'
import type { QuestionPair } from '../../contract/app/benchmarks.ts'
import type { BenchmarkQuestion } from '../../contract/benchmarks.ts'
import { questionKey, readQuestions, type QuestionEntry, type QuestionFile } from './question-file.ts'

export interface QuestionFilter {
  /** A subject or a group of subjects: their names; null = all of the task. */
  subjects: readonly string[] | null
  show: 'all' | 'right' | 'wrong' | 'changed' | 'truncated'
  search: string
}

export interface QuestionPage extends QuestionFilter {
  offset: number
  limit: number
}

/** TruthfulQA gives each question the probability of its true answers: above a half counts as right. */
const isRight = (entry: QuestionEntry, metric: string): boolean => (entry.metrics[metric] ?? 0) > 0.5

/**
 * A page of questions, beside those of a second evaluation where one is given. `metric`: "acc_norm,none", which decides what is
 * right. In the order of the file, which is the dataset's once a task is done.
 */
export async function questionPage(
  file: QuestionFile,
  other: QuestionFile | null,
  metric: string,
  page: QuestionPage,
): Promise<{ total: number; questions: QuestionPair[] }> {
  const found = await matching(file, other, metric, page)
  const shown = found.slice(page.offset, page.offset + page.limit)
  const questions = await readQuestions(file, shown)
  const twins = shown.map((entry) => other?.byKey.get(questionKey(entry)))
  const read = other
    ? await readQuestions(
        other,
        twins.flatMap((twin) => twin ?? []),
      )
    : []
  const byKey = new Map(read.map((question) => [questionKey(question), question]))
  return {
    total: found.length,
    questions: questions.map((question) => ({
      question,
      other: byKey.get(questionKey(question)) ?? null,
    })),
  }
}

/** The last searches: paging through one reads its file once. */
const searched = new WeakMap<QuestionFile, Map<string, readonly QuestionEntry[]>>()
const mostSearches = 8
const readAtOnce = 200

async function matching(
  file: QuestionFile,
  other: QuestionFile | null,
  metric: string,
  { show, search, subjects }: QuestionFilter,
): Promise<readonly QuestionEntry[]> {
  const kept = file.entries.filter(
    (entry) => (subjects?.includes(entry.task) ?? true) && shows(entry, other, metric, show),
  )
  const words = search.trim().toLowerCase()
  if (words === '') return kept
  const known = searched.get(file) ?? new Map<string, readonly QuestionEntry[]>()
  searched.set(file, known)
  const name = JSON.stringify([show, metric, words, subjects, show === 'changed' ? other?.path : null])
  const before = known.get(name)
  if (before) return before
  const found: QuestionEntry[] = []
  for (let from = 0; from < kept.length; from += readAtOnce) {
    const some = kept.slice(from, from + readAtOnce)
    const questions = await readQuestions(file, some)
    found.push(...some.filter((_, i) => contains(questions[i]!, words)))
    await otherWork()
  }
  known.set(name, found)
  for (const oldest of known.keys()) {
    if (known.size <= mostSearches) break
    known.delete(oldest)
  }
  return found
}

function shows(
  entry: QuestionEntry,
  other: QuestionFile | null,
  metric: string,
  show: QuestionFilter['show'],
): boolean {
  if (show === 'all') return true
  if (show === 'truncated') return entry.truncated
  if (show === 'right') return isRight(entry, metric)
  if (show === 'wrong') return !isRight(entry, metric)
  const twin = other?.byKey.get(questionKey(entry))
  return twin !== undefined && isRight(entry, metric) !== isRight(twin, metric)
}

const contains = (question: BenchmarkQuestion, words: string): boolean =>
  [question.question, ...question.choices, question.target, question.response ?? ''].some((text) =>
    text.toLowerCase().includes(words),
  )
