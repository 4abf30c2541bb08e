import type { TokenScores } from '../../contract/app.ts'
import { samplesStrings as words } from '../strings/samples.ts'

/** Tokens as they are shown: one that ends no character is joined to the next. Log-probs in nats. */
export interface TokenPiece {
  text: string
  policy: number
  opponent: number
  /** policy − opponent. */
  ratio: number
  /** The end of the answer (EOS). */
  isEnd: boolean
}

export function tokenPieces({ texts, policy, opponent, ended }: TokenScores): TokenPiece[] {
  const pieces: TokenPiece[] = []
  let waiting = { policy: 0, opponent: 0 }
  for (const [i, text] of texts.entries()) {
    const isEnd = ended && i === texts.length - 1
    waiting = { policy: waiting.policy + policy[i]!, opponent: waiting.opponent + opponent[i]! }
    if (text === '' && !isEnd) continue
    pieces.push({ ...waiting, text, ratio: waiting.policy - waiting.opponent, isEnd })
    waiting = { policy: 0, opponent: 0 }
  }
  return pieces
}

/** β·Σ(policy − opponent) after 0, 1, … N tokens: [N + 1]. */
export function rewardSoFar({ policy, opponent }: TokenScores, beta: number): Float64Array {
  const sums = new Float64Array(policy.length + 1)
  for (const [i, logp] of policy.entries()) sums[i + 1] = sums[i]! + beta * (logp - opponent[i]!)
  return sums
}

export const rewardOf = (scores: TokenScores, beta: number): number => rewardSoFar(scores, beta).at(-1)!

const fullHeatNats = 1.6
const fullHeatPercent = 42
const unmarkedNats = 0.07
const underlinedNats = 1.1

export interface Heat {
  side: 'human' | 'generated'
  /** Share of the side's colour, %. */
  percent: number
  underlined: boolean
}

/** How strongly a log-ratio is coloured; null = not at all. */
export function heatOf(ratio: number): Heat | null {
  const size = Math.abs(ratio)
  if (!(size >= unmarkedNats)) return null
  return {
    side: ratio > 0 ? 'human' : 'generated',
    percent: (Math.min(size, fullHeatNats) / fullHeatNats) * fullHeatPercent,
    underlined: size > underlinedNats,
  }
}

/** A log-prob as people read it: 71.4%, 0.02%, under 0.01%. */
export function share(logp: number): string {
  const percent = 100 * Math.exp(Math.min(0, logp))
  if (percent < 0.01) return words.under('0.01%')
  return `${percent.toFixed(percent < 1 ? 2 : 1)}%`
}
