import { statSync } from 'node:fs'
import type { EvaluationAnswer, EvaluationResult } from '../../contract/engine.ts'
import { EvaluationResult as EvaluationSchema } from '../../contract/engine.ts'
import { fromPortable } from '../loop/portable-paths.ts'
import { readAnswers } from '../report/held-out-scores.ts'
import type { Store } from '../store/store.ts'

export interface MeasuredModel {
  /** −2 plain SFT, −1 the base. */
  iteration: number
  evaluation: EvaluationResult
  /** Empty where the file has gone: the recorded means then stand alone. */
  answers: readonly EvaluationAnswer[]
}

/** Every model of a run that was evaluated, with its answers to the held-out prompts. */
export function measuredModels(store: Store, runId: number, projectDir: string): MeasuredModel[] {
  return store.evaluations(runId).map(({ iteration, result }) => {
    const evaluation = EvaluationSchema.parse(fromPortable(JSON.parse(result), projectDir))
    return { iteration, evaluation, answers: cachedAnswers(evaluation.answersPath) }
  })
}

interface Cached {
  stamp: string
  answers: readonly EvaluationAnswer[]
}
const cache = new Map<string, Cached>()
const mostCached = 32

/** A finished evaluation's file never changes, so it is read once. */
function cachedAnswers(path: string): readonly EvaluationAnswer[] {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat) return []
  const stamp = `${stat.size} ${stat.mtimeMs}`
  const known = cache.get(path)
  if (known?.stamp === stamp) return known.answers
  const answers = readAnswers(path)
  cache.delete(path)
  cache.set(path, { stamp, answers })
  for (const oldest of cache.keys()) {
    if (cache.size <= mostCached) break
    cache.delete(oldest)
  }
  return answers
}
