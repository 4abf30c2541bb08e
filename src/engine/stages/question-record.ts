import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { BenchmarkQuestion } from '../../contract/benchmarks.ts'
import { AppError } from '../../contract/errors.ts'
import { fileError, removeFile, writeFileAtomically } from '../data/atomic-file.ts'
import { type LineJournal, openLineJournal } from '../data/line-journal.ts'
import type { AnsweredQuestion } from '../evaluation/benchmarks/score-choices.ts'
import type { BenchmarkTask, TaskQuestion } from '../evaluation/benchmarks/task.ts'

/**
 * What became of a task's questions, on disk: a journal while it is at work, then `<task>.jsonl` in the order of the
 * dataset with `<task>.key.json` beside it, which says what it belongs to.
 */
export interface QuestionRecord {
  questionsPath: string
  isDone(question: TaskQuestion): boolean
  /** On disk when it resolves. */
  append(answered: readonly AnsweredQuestion[]): Promise<void>
  /** All questions in the order of the dataset; writes `<task>.jsonl`. Asked again, the same bytes. */
  finish(): Promise<BenchmarkQuestion[]>
  close(): Promise<void>
}

const KeyFile = z.object({ key: z.string() })

/**
 * `parts`: a task's subjects, or itself. The scores of what is there are computed anew from its log-likelihoods, so that a
 * rule may change. Throws FILE_EXISTS where the folder holds answers to other questions, or another model's.
 */
export async function openQuestionRecord(
  outDir: string,
  task: string,
  parts: readonly BenchmarkTask[],
  key: string,
): Promise<QuestionRecord> {
  const questionsPath = join(outDir, `${task}.jsonl`)
  const keyPath = join(outDir, `${task}.key.json`)
  const places = new Map(
    parts.flatMap((part) =>
      part.questions.map((question) => [placeOf(question), { part, question }] as const),
    ),
  )
  const count = parts.reduce((sum, { questions }) => sum + questions.length, 0)
  if (places.size < count)
    throw new AppError(
      'BAD_INPUT',
      `Expected questions of ${task} to have numbers of their own; some share one.`,
    )
  const lines = new Map<string, BenchmarkQuestion>()
  const rescored = (value: unknown): BenchmarkQuestion | null => {
    const parsed = BenchmarkQuestion.safeParse(value)
    const place = parsed.success ? places.get(placeOf(parsed.data)) : undefined
    if (!place || !parsed.success) return null
    const { logLikelihoods, greedy, response, promptTokens, truncated } = parsed.data
    return recordOf(place.part, {
      question: place.question,
      answer: { logLikelihoods, greedy, response },
      promptTokens,
      truncated,
    })
  }

  const journalPath = join(outDir, `${task}.journal.jsonl`)
  const knownKey = await readKey(keyPath)
  if (knownKey !== null && knownKey !== key) throw otherAnswers(keyPath)
  const finished = knownKey === key ? await readLines(questionsPath, rescored) : []
  for (const line of finished) lines.set(placeOf(line), line)
  let journal: LineJournal<BenchmarkQuestion> | null = null
  if (lines.size < places.size) {
    const mismatch = () => otherAnswers(journalPath)
    journal = await openLineJournal(journalPath, { key, parse: rescored, mismatch })
    for (const line of journal.rows) lines.set(placeOf(line), line)
  }

  return {
    questionsPath,
    isDone: (question) => lines.has(placeOf(question)),
    async append(answered) {
      const added = answered.map((one) => {
        const { part } = places.get(placeOf(one.question))!
        return recordOf(part, one)
      })
      await journal!.append(added.map(questionLine))
      for (const line of added) lines.set(placeOf(line), line)
    },
    async finish() {
      const ordered = [...places.keys()].map((place) => lines.get(place)!)
      const text = ordered.map(questionLine).join('')
      // The key comes last: without it the journal is still what counts.
      if ((await readIfThere(questionsPath)) !== text) await writeFileAtomically(questionsPath, text)
      if (knownKey !== key) await writeFileAtomically(keyPath, `${JSON.stringify({ key })}\n`)
      await journal?.close()
      await removeFile(journalPath) // also one that a kill left behind between these lines
      return ordered
    },
    close: async () => journal?.close(),
  }
}

/** What a question's answer depends on, beside the model: changes with any text that a model is asked for. */
export function questionsHash(parts: readonly BenchmarkTask[]): string {
  const hash = createHash('sha256')
  for (const { name, questions } of parts) {
    hash.update(`${name} ${questions.length}\n`)
    for (const { index, requests, ...told } of questions) {
      // Contexts are long, and often the same for all choices of a question.
      const asked = Array.isArray(requests)
        ? requests.map((request, i) => ({
            context: request.context === requests[i - 1]?.context ? 0 : request.context,
            continuation: request.continuation,
          }))
        : requests
      hash.update(JSON.stringify([index, asked, told.text, told.choices, told.gold, told.target]))
    }
  }
  return hash.digest('hex')
}

const placeOf = ({ task, index }: { task: string; index: number }): string => `${task} ${index}`

/** The one way a question is written, so that a line read back and a new one have the same bytes. */
function recordOf(part: BenchmarkTask, { question, answer, ...rest }: AnsweredQuestion): BenchmarkQuestion {
  const { metrics, extracted } = part.score(question, answer)
  return {
    task: question.task,
    index: question.index,
    question: question.text,
    choices: [...question.choices],
    gold: [...question.gold],
    target: question.target,
    logLikelihoods: [...answer.logLikelihoods],
    greedy: [...answer.greedy],
    response: answer.response,
    extracted,
    metrics,
    promptTokens: rest.promptTokens,
    truncated: rest.truncated,
  }
}

const questionLine = (question: BenchmarkQuestion): string => `${JSON.stringify(question)}\n`

async function readKey(path: string): Promise<string | null> {
  const text = await readIfThere(path)
  if (text === null) return null
  try {
    const parsed = KeyFile.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data.key : ''
  } catch (error) {
    if (error instanceof SyntaxError) return ''
    throw error
  }
}

/** The lines that parse, up to the first that does not. */
async function readLines<T>(path: string, parse: (value: unknown) => T | null): Promise<T[]> {
  const parsed: T[] = []
  for (const line of ((await readIfThere(path)) ?? '').split('\n')) {
    let value: unknown
    try {
      value = JSON.parse(line)
    } catch (error) {
      if (error instanceof SyntaxError) break
      throw error
    }
    const row = parse(value)
    if (row === null) break
    parsed.push(row)
  }
  return parsed
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw fileError(error, path, 'read')
  }
}

function otherAnswers(path: string): AppError {
  return new AppError(
    'FILE_EXISTS',
    `Expected ${path} to belong to the same model, questions and settings; it belongs to others. Choose another folder, ` +
      'or delete its answers to begin anew.',
    { path },
  )
}
