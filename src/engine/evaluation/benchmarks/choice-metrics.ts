import { textLength } from '../../text/jinja/python-text.ts'
import type { ModelAnswer, QuestionScore, TaskQuestion } from './task.ts'

export const choiceMetrics = ['acc', 'acc_norm', 'acc_bytes'] as const
export type ChoiceMetric = (typeof choiceMetrics)[number]

/** What a log-likelihood is divided by: nothing, the choice's code points, its bytes in UTF-8. */
const lengths: Readonly<Record<ChoiceMetric, (choice: string) => number>> = {
  acc: () => 1,
  acc_norm: textLength,
  acc_bytes: (choice) => Buffer.byteLength(choice, 'utf8'),
}

/** Whether the likeliest choice is a right one: 1 or 0 under "metric,none". */
export function scoreChoice(
  { choices, gold }: Pick<TaskQuestion, 'choices' | 'gold'>,
  { logLikelihoods }: ModelAnswer,
  metrics: readonly ChoiceMetric[],
): QuestionScore {
  const entries = metrics.map((metric) => {
    const best = firstMaximum(logLikelihoods.map((ll, i) => ll / lengths[metric](choices[i]!)))
    return [`${metric},none`, gold.includes(best) ? 1 : 0] as const
  })
  return { metrics: Object.fromEntries(entries), extracted: {} }
}

/** numpy.argmax: the first of equals; NaN (of an empty choice that is certain: 0 / 0) before all numbers. */
function firstMaximum(values: readonly number[]): number {
  const notANumber = values.findIndex((value) => Number.isNaN(value))
  return notANumber >= 0 ? notANumber : values.indexOf(Math.max(...values))
}

/**
 * TruthfulQA's MC2: the share of the right answers' probabilities in all answers'. Relative to the likeliest one, so that
 * unlikely answers do not vanish: the same number, also where the harness divides 0 by 0.
 */
export function scoreProbabilityMass(
  { gold }: Pick<TaskQuestion, 'gold'>,
  { logLikelihoods }: ModelAnswer,
): QuestionScore {
  const best = Math.max(...logLikelihoods)
  const masses = logLikelihoods.map((ll) => Math.exp(ll - best))
  const all = masses.reduce((sum, mass) => sum + mass, 0)
  const right = gold.reduce((sum, i) => sum + masses[i]! / all, 0)
  return { metrics: { 'acc,none': right }, extracted: {} }
}
