import type { BenchmarkQuestion } from '../../contract/benchmarks.ts'

/** How the choices of a question compare by the metric that its task is scored by. */

export interface ChoiceScore {
  text: string
  isGold: boolean
  isPicked: boolean
  /** Nats over the whole choice. */
  logLikelihood: number
  /** Nats a character. */
  perChar: number
  /** Of all choices' probability, 0–1. */
  share: number
  isGreedy: boolean
  /** Of the bar, 0–1: 1 = certain. */
  length: number
}

export type ComparedBy = 'sum' | 'perChar' | 'share'

/** TruthfulQA's second form has several true answers: what counts is the probability that they share. */
export function comparedBy(
  { task, gold }: Pick<BenchmarkQuestion, 'task' | 'gold'>,
  metric: string,
): ComparedBy {
  if (task === 'truthfulqa_mc2' || gold.length > 1) return 'share'
  return metric === 'acc_norm' ? 'perChar' : 'sum'
}

/** A bar's scale goes somewhat below the least likely choice, so that this one shows too. */
const room = 1.15

/** Of the compared numbers; the bars of several models share the lowest of them. */
export function lowestScore(question: BenchmarkQuestion, metric: string): number {
  const { choices, logLikelihoods } = question
  const isPerChar = comparedBy(question, metric) === 'perChar'
  return Math.min(...choices.map((text, i) => (logLikelihoods[i] ?? 0) / (isPerChar ? lengthOf(text) : 1)))
}

/** In code points, as Python counts. */
const lengthOf = (text: string): number => Math.max(1, [...text].length)

export function choiceScores(
  question: BenchmarkQuestion,
  metric: string,
  lowest = lowestScore(question, metric),
): ChoiceScore[] {
  const { choices, gold, logLikelihoods, greedy } = question
  const by = comparedBy(question, metric)
  const perChar = choices.map((text, i) => (logLikelihoods[i] ?? 0) / lengthOf(text))
  const most = Math.max(...logLikelihoods)
  const weights = logLikelihoods.map((sum) => Math.exp(sum - most))
  const all = weights.reduce((sum, weight) => sum + weight, 0)
  const compared = by === 'perChar' ? perChar : logLikelihoods
  // The first of equals, as the harness's argmax.
  const picked = by === 'share' ? -1 : compared.indexOf(Math.max(...compared))
  const floor = lowest * room
  return choices.map((text, i) => {
    const share = (weights[i] ?? 0) / all
    return {
      text,
      isGold: gold.includes(i),
      isPicked: i === picked,
      logLikelihood: logLikelihoods[i] ?? Number.NaN,
      perChar: perChar[i]!,
      share,
      isGreedy: greedy[i] ?? false,
      length: by === 'share' ? share : floor === 0 ? 1 : Math.max(0, 1 - compared[i]! / floor),
    }
  })
}
