import type { BenchmarkEvaluation } from '../../contract/app/benchmarks.ts'
import type { BenchmarkQuestion } from '../../contract/benchmarks.ts'

/** The metric and filter that a task of an evaluation is tabled by. */
export interface PrimaryMetric {
  metric: string
  filter: string
}

export function primaryMetric({ scores }: BenchmarkEvaluation, task: string): PrimaryMetric | null {
  const score = scores.find((one) => one.task === task && one.primary)
  return score ? { metric: score.metric, filter: score.filter } : null
}

export type Verdict = { kind: 'right' } | { kind: 'wrong' } | { kind: 'share'; share: number }

/** What a question scored by its task's metric; null where it has none of it. */
export function verdictOf({ metrics }: BenchmarkQuestion, primary: PrimaryMetric | null): Verdict | null {
  const value = primary ? metrics[`${primary.metric},${primary.filter}`] : undefined
  if (value === undefined) return null
  if (value === 1) return { kind: 'right' }
  return value === 0 ? { kind: 'wrong' } : { kind: 'share', share: value }
}
