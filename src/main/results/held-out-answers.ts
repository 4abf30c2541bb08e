import { open, stat } from 'node:fs/promises'
import { setImmediate as otherWork } from 'node:timers/promises'
import { EvaluationAnswer, type EvaluationResult } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import type { ScoredAnswer } from '../report/held-out-scores.ts'
import { readEvaluation } from '../runs/recorded-json.ts'
import type { Store } from '../store/store.ts'

export interface MeasuredModel {
  /** −2 plain SFT, −1 the base. */
  iteration: number
  evaluation: EvaluationResult
  /** Empty where the file has gone: the recorded means then stand alone. */
  answers: readonly ScoredAnswer[]
}

/** Every model of a run that was evaluated, with what counts of its answers to the held-out prompts. Throws FILE_UNREADABLE. */
export async function measuredModels(
  store: Store,
  runId: number,
  projectDir: string,
): Promise<MeasuredModel[]> {
  const found: MeasuredModel[] = []
  for (const { iteration, result } of store.evaluations(runId)) {
    const evaluation = readEvaluation(result, projectDir)
    found.push({ iteration, evaluation, answers: await cachedAnswers(evaluation.answersPath) })
  }
  return found
}

interface Cached {
  stamp: string
  answers: Promise<readonly ScoredAnswer[]>
}
const cache = new Map<string, Cached>()
const mostCached = 32
const none: readonly ScoredAnswer[] = []

/** A finished evaluation's file never changes, so it is read once. */
async function cachedAnswers(path: string): Promise<readonly ScoredAnswer[]> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
    throw error
  })
  if (!found) return none
  const stamp = `${found.size} ${found.mtimeMs}`
  const known = cache.get(path)
  if (known?.stamp === stamp) return known.answers
  const reading: Cached = { stamp, answers: readScored(path) }
  cache.delete(path)
  cache.set(path, reading)
  for (const oldest of cache.keys()) {
    if (cache.size <= mostCached) break
    cache.delete(oldest)
  }
  try {
    return await reading.answers
  } catch (error) {
    if (cache.get(path) === reading) cache.delete(path)
    throw error
  }
}

const Scored = EvaluationAnswer.pick({ id: true, check: true, greedyValid: true, sampledValid: true })
const linesAtOnce = 200

/** Line by line, so that windows and a run go on meanwhile; the texts, most of the file, are not kept. */
async function readScored(path: string): Promise<ScoredAnswer[]> {
  const file = await open(path)
  try {
    const answers: ScoredAnswer[] = []
    let line = 0
    for await (const text of file.readLines()) {
      line++
      if (text.trim() === '') continue
      answers.push(scoredOf(text, path, line))
      if (line % linesAtOnce === 0) await otherWork()
    }
    return answers
  } finally {
    await file.close()
  }
}

function scoredOf(text: string, path: string, line: number): ScoredAnswer {
  try {
    return Scored.parse(JSON.parse(text))
  } catch (error) {
    throw new AppError(
      'FILE_UNREADABLE',
      `Line ${line} of ${path} is not an evaluation answer. Run the evaluation again.`,
      { path, line },
      { cause: error },
    )
  }
}
