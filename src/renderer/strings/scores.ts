import { fixed, signed } from '../components/numbers.ts'

/** What a run's rule compares: shares of valid answers, 0–1, are shown in points of 100, the loss in nats a token. */
export type ScoreKind = 'sampled' | 'greedy' | 'nll'

/** The same everywhere that a score or a gain stands beside a name. */
export const scoreStrings = {
  unit: (kind: ScoreKind): 'pts' | 'nats' => (kind === 'nll' ? 'nats' : 'pts'),
  /** "53.6", "0.912". */
  value: (score: number, kind: ScoreKind) => (kind === 'nll' ? fixed(score, 3) : fixed(100 * score, 1)),
  /** "+11.2", "−0.012". */
  change: (gain: number, kind: ScoreKind) => (kind === 'nll' ? signed(gain, 3) : signed(100 * gain, 1)),
  /** "53.6 pts", "0.912 nats". */
  score: (score: number, kind: ScoreKind) => `${scoreStrings.value(score, kind)} ${scoreStrings.unit(kind)}`,
  /** "+11.2 pts", "−0.012 nats". */
  gain: (gain: number, kind: ScoreKind) => `${scoreStrings.change(gain, kind)} ${scoreStrings.unit(kind)}`,
  /** "51.2, +8.8 pts"; without a gain "42.4 pts". */
  both: (score: number, gain: number | null, kind: ScoreKind): string =>
    gain === null
      ? scoreStrings.score(score, kind)
      : `${scoreStrings.value(score, kind)}, ${scoreStrings.gain(gain, kind)}`,
} as const
