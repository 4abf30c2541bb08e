import type { z } from 'zod'
import type { LogProbPreference } from '../../../contract/engine/judging.ts'
import { below, hash32 } from '../../tensor/random.ts'
import { equalLengthRate, fitLengthControl } from './length-control.ts'

/** One answer under both models: summed log-probs in nats, and tokens, EOS included. */
export interface ScoredAnswer {
  byBase: number
  byModel: number
  tokens: number
}

/** The model's answer and an opponent's to the same prompt. */
export interface AnswerPair {
  own: ScoredAnswer
  other: ScoredAnswer
}

const resamples = 1000
/** Differences below this are the noise of float32 sums. */
const noise = 1e-6

/**
 * Which of two answers is the more probable text, a token, in the eyes of both models at once.
 *
 *   l_M(y|x) = 1/|y| · Σ_t log p_M(y_t | x, y_<t)      mean log-prob a token of answer y, EOS included
 *   s(y|x)   = (l_base(y|x) + l_model(y|x)) / 2         neither model alone scores its own text
 *   d_i      = s(own_i|x_i) − s(other_i|x_i);           won where d_i > 0, a tie where it is 0
 *
 * Every model finds its own greedy text probable, so the rates under each model alone stand beside it (`byBase`, `byModel`):
 * where they disagree, the win rate says how far the two have parted, and nothing of quality. Length control as in
 * length-controlled AlpacaEval (Dubois et al., 2024): see length-control.ts. Intervals: bootstrap over prompts, 95 %.
 */
export function logProbPreference(
  opponent: LogProbPreference['opponent'],
  pairs: readonly AnswerPair[],
  seed: number,
): z.infer<typeof LogProbPreference> {
  const score = ({ byBase, byModel, tokens }: ScoredAnswer): number => (byBase + byModel) / 2 / tokens
  const outcomes = pairs.map(({ own, other }) => pointsOf(score(own) - score(other)))
  const lengths = pairs.map(({ own, other }) => own.tokens - other.tokens)
  const fit = fitLengthControl(outcomes, lengths)
  const raw: number[] = []
  const controlled: number[] = []
  for (let b = 0; b < resamples; b++) {
    const drawn = pairs.map((_, i) => below(pairs.length, hash32(seed, b, i)))
    const points = drawn.map((i) => outcomes[i]!)
    raw.push(mean(points))
    controlled.push(
      equalLengthRate(
        fitLengthControl(
          points,
          drawn.map((i) => lengths[i]!),
        ),
      ),
    )
  }
  const matched = outcomes.filter((_, i) => {
    const { own, other } = pairs[i]!
    return Math.abs(lengths[i]!) <= 0.2 * Math.max(own.tokens, other.tokens)
  })
  const under = (of: (answer: ScoredAnswer) => number): number =>
    mean(pairs.map(({ own, other }) => pointsOf(of(own) / own.tokens - of(other) / other.tokens)))
  return {
    opponent,
    pairs: pairs.length,
    wins: outcomes.filter((points) => points === 1).length,
    ties: outcomes.filter((points) => points === 0.5).length,
    winRate: mean(outcomes),
    interval: middle95(raw),
    lengthControlled: {
      winRate: equalLengthRate(fit),
      interval: middle95(controlled),
      slope: fit.slope,
    },
    matched: { pairs: matched.length, winRate: matched.length === 0 ? null : mean(matched) },
    byBase: under(({ byBase }) => byBase),
    byModel: under(({ byModel }) => byModel),
    meanTokens: mean(pairs.map(({ own }) => own.tokens)),
    meanTokensOpponent: mean(pairs.map(({ other }) => other.tokens)),
  }
}

const pointsOf = (difference: number): number => (Math.abs(difference) < noise ? 0.5 : difference > 0 ? 1 : 0)

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length

function middle95(values: readonly number[]): { low: number; high: number } {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))]!
  return { low: at(0.025), high: at(0.975) }
}
