import type { GradeSummary, JudgeSummary, PairSummary, Verdict } from '../../contract/judge.ts'
import type { IdenticalTurn, JudgeCase, JudgeCases } from './judge-cases.ts'
import { readVerdict } from './read-verdict.ts'

/** What one turn of a question came to. */
interface PairTurn {
  question: string
  category: string
  turn: number
  /** Of the model against the baseline: 1, 0.5, 0. */
  points: number
}

/**
 * What the verdicts on these cases say. A pair's turn is won where both orders name the same answer; where they disagree, or
 * both see none better, it is a tie, as in MT-Bench. A turn that lacks a readable verdict is in no count.
 */
export function summarizeJudge(
  { cases, identical }: JudgeCases,
  verdicts: ReadonlyMap<string, Verdict>,
): JudgeSummary {
  const names = (list: readonly Pick<JudgeCase, 'model_1' | 'model_2'>[]): [string, string | null][] =>
    [
      ...new Map(
        list.map(({ model_1, model_2 }) => [`${model_1}\n${model_2}`, [model_1, model_2]] as const),
      ).values(),
    ] as [string, string | null][]
  const all = names([...cases, ...identical])
  return {
    pairs: all.flatMap(([model, baseline]) =>
      baseline === null ? [] : summarizePair(model, baseline, { cases, identical }, verdicts),
    ),
    grades: all.flatMap(([model, baseline]) =>
      baseline === null ? summarizeGrades(model, cases, verdicts) : [],
    ),
  }
}

function summarizePair(
  model: string,
  baseline: string,
  all: JudgeCases,
  verdicts: ReadonlyMap<string, Verdict>,
): PairSummary {
  const isOwn = (one: Pick<JudgeCase, 'model_1' | 'model_2'>): boolean =>
    one.model_1 === model && one.model_2 === baseline
  const identical = all.identical.filter(isOwn)
  const turns: PairTurn[] = identical.map((one) => ({ ...placeOf(one), points: 0.5 }))
  let [judged, agreed, decided, first, unreadable] = [0, 0, 0, 0, 0]
  for (const [direct, swapped] of inOrders(all.cases.filter(isOwn))) {
    const replies = [direct, swapped].map((one) => verdicts.get(one.id))
    if (replies.some((reply) => reply === undefined)) continue // not asked yet
    const [a, b] = [direct, swapped].map((one, i) => readVerdict(replies[i]!.reply, one).winner)
    if (a == null || b == null) {
      unreadable++
      continue
    }
    judged++
    if (a === b) agreed++
    if (a !== 'tie') [decided, first] = [decided + 1, first + (a === 'model_1' ? 1 : 0)]
    if (b !== 'tie') [decided, first] = [decided + 1, first + (b === 'model_2' ? 1 : 0)]
    turns.push({ ...placeOf(direct), points: a !== b || a === 'tie' ? 0.5 : a === 'model_1' ? 1 : 0 })
  }
  const questions = new Set(turns.map(({ question }) => question)).size
  const winRate = turns.length === 0 ? null : meanOf(turns.map(({ points }) => points))
  return {
    model,
    baseline,
    ...countsOf(turns),
    questions,
    winRate,
    interval: winRate === null ? null : wilson(winRate, questions),
    agreement: judged === 0 ? null : agreed / judged,
    firstShare: decided === 0 ? null : first / decided,
    identical: identical.length,
    unreadable,
    byCategory: grouped(turns, ({ category }) => category).map(([category, of]) => ({
      category,
      ...countsOf(of),
    })),
    byTurn: grouped(turns, ({ turn }) => turn).map(([turn, of]) => ({ turn, ...countsOf(of) })),
  }
}

function summarizeGrades(
  model: string,
  cases: readonly JudgeCase[],
  verdicts: ReadonlyMap<string, Verdict>,
): GradeSummary {
  const own = cases.filter((one) => one.model_2 === null && one.model_1 === model && verdicts.has(one.id))
  const graded = own.flatMap((one) => {
    const { score } = readVerdict(verdicts.get(one.id)!.reply, one)
    return score === null ? [] : [{ ...placeOf(one), points: score }]
  })
  const means = (turns: readonly PairTurn[]) => ({
    mean: meanOf(turns.map(({ points }) => points)),
    graded: turns.length,
  })
  const ofQuestions = grouped(graded, ({ question }) => question).map(([, of]) => means(of).mean)
  return {
    model,
    mean: graded.length === 0 ? null : means(graded).mean,
    stderr: standardError(ofQuestions),
    graded: graded.length,
    unreadable: own.length - graded.length,
    byCategory: grouped(graded, ({ category }) => category).map(([category, of]) => ({
      category,
      ...means(of),
    })),
    byTurn: grouped(graded, ({ turn }) => turn).map(([turn, of]) => ({ turn, ...means(of) })),
  }
}

/**
 * Wilson's score interval at 95 % of a share of n observations (E. B. Wilson, 1927): never outside 0–1, and of sensible width at
 * 0 and 1, where the normal one has none.
 */
export function wilson(share: number, n: number): { low: number; high: number } {
  const z = 1.959964
  const denominator = 1 + (z * z) / n
  const center = (share + (z * z) / (2 * n)) / denominator
  const half = (z / denominator) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n))
  return { low: Math.max(0, center - half), high: Math.min(1, center + half) }
}

/** The two orders of each turn, the model's answer first in the first. */
function inOrders(cases: readonly JudgeCase[]): [JudgeCase, JudgeCase][] {
  return grouped(cases, ({ question_id, turn }) => `${question_id}\n${turn}`).flatMap(([, both]) => {
    const direct = both.find(({ swapped }) => !swapped)
    const swapped = both.find((one) => one.swapped)
    return direct && swapped ? [[direct, swapped] as [JudgeCase, JudgeCase]] : []
  })
}

const placeOf = ({ question_id, category, turn }: IdenticalTurn | JudgeCase) => ({
  question: String(question_id),
  category,
  turn,
})

const countsOf = (turns: readonly PairTurn[]) => ({
  wins: turns.filter(({ points }) => points === 1).length,
  ties: turns.filter(({ points }) => points === 0.5).length,
  losses: turns.filter(({ points }) => points === 0).length,
})

function grouped<T, K>(items: readonly T[], keyOf: (item: T) => K): [K, T[]][] {
  const groups = new Map<K, T[]>()
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item])
  return [...groups]
}

const meanOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length

function standardError(values: readonly number[]): number | null {
  if (values.length < 2) return null
  const mean = meanOf(values)
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)
  return Math.sqrt(variance / values.length)
}
