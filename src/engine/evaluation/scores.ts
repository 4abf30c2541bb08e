import type { EvaluationAnswer, EvaluationResult } from '../../contract/engine.ts'
import { checkKind } from './check-answer.ts'

type Judged = Pick<EvaluationAnswer, 'check' | 'greedyValid' | 'sampledValid'>
export type Scores = Pick<EvaluationResult, 'rows' | 'greedy' | 'sampled' | 'byKind'>

/**
 * Shares of valid answers, 0–1, over all rows and by kind of check (rows without a check count in the total only).
 * `sampled` is the mean over rows of each row's share; null where no row has samples. No rows: greedy 0.
 */
export function scoreAnswers(answers: readonly Judged[]): Scores {
  const kinds = new Map<string, Judged[]>()
  for (const answer of answers) {
    if (answer.check === null) continue
    const kind = checkKind(answer.check)
    const rows = kinds.get(kind)
    if (rows) rows.push(answer)
    else kinds.set(kind, [answer])
  }
  const sortedKinds = [...kinds].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return {
    ...shares(answers),
    byKind: Object.fromEntries(sortedKinds.map(([kind, rows]) => [kind, shares(rows)])),
  }
}

/** One 0 or 1 per row: the input of the paired bootstrap. */
export function greedyByRow(answers: readonly Judged[]): number[] {
  return answers.map((answer) => (answer.greedyValid ? 1 : 0))
}

/** One share per row; rows without samples are left out, so compare only answers made with the same settings. */
export function sampledByRow(answers: readonly Judged[]): number[] {
  return answers
    .filter((answer) => answer.sampledValid.length > 0)
    .map((answer) => share(answer.sampledValid))
}

function shares(answers: readonly Judged[]): { rows: number; greedy: number; sampled: number | null } {
  const sampled = sampledByRow(answers)
  return {
    rows: answers.length,
    greedy: mean(greedyByRow(answers)),
    sampled: sampled.length === 0 ? null : mean(sampled),
  }
}

function share(flags: readonly boolean[]): number {
  return flags.filter(Boolean).length / flags.length
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((total, value) => total + value, 0) / values.length
}
