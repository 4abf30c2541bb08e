import type { TrainingSettings } from '../../contract/settings.ts'

// P pairs. A log-prob is summed over an answer's tokens, in nats.

export interface PairLogps {
  policyReal: ArrayLike<number> // [P]
  policyGenerated: ArrayLike<number> // [P]
  opponentReal: ArrayLike<number> // [P]
  opponentGenerated: ArrayLike<number> // [P]
  /** Tokens of the answers: `ipo` divides by them, the other losses do not look. */
  tokensReal: ArrayLike<number> // [P]
  tokensGenerated: ArrayLike<number> // [P]
}

export interface SpinLossOptions {
  beta: number
  lossType: TrainingSettings['lossType']
  /** Pairs that the mean is taken over: the whole optimizer step's where this is one of its micro-batches. */
  divisor?: number
}

export interface SpinLoss {
  /** Σ losses / divisor. */
  loss: number
  losses: Float64Array // [P]
  /** β·(policy − opponent) log-prob. */
  rewardReal: Float64Array // [P]
  rewardGenerated: Float64Array // [P]
  margins: Float64Array // [P] rewardReal − rewardGenerated
  /** Share of pairs whose margin is above 0. */
  accuracy: number
  /** d loss / d policy log-prob of the real, of the generated answer. */
  gradReal: Float64Array // [P]
  gradGenerated: Float64Array // [P]
}

/**
 * The loss of pair-loss.ts in float64, SPIN's and DPO's (Chen et al. 2024, eq. 4.7; uclaml/SPIN,
 * spin/alignment/trainer.py `spin_loss`): h = (policy real − policy generated) − (opponent real − opponent generated);
 * sigmoid: −log σ(β·h); hinge: max(0, 1 − β·h), whose gradient at the kink is 0 as in PyTorch; ipo: (h − 1/(2β))² with
 * each log-prob divided by its answer's tokens. A pair whose answers are equal has h = 0: it belongs in the mean and has
 * no gradient in effect, since both answers' gradients cancel. Rewards and margins are those of sums for every loss.
 */
export function spinLoss(logps: PairLogps, { beta, lossType, divisor }: SpinLossOptions): SpinLoss {
  const pairs = logps.policyReal.length
  const share = 1 / (divisor ?? pairs)
  const result = {
    loss: 0,
    losses: new Float64Array(pairs),
    rewardReal: new Float64Array(pairs),
    rewardGenerated: new Float64Array(pairs),
    margins: new Float64Array(pairs),
    accuracy: 0,
    gradReal: new Float64Array(pairs),
    gradGenerated: new Float64Array(pairs),
  }
  let right = 0
  for (let i = 0; i < pairs; i++) {
    const rewardReal = beta * (logps.policyReal[i]! - logps.opponentReal[i]!)
    const rewardGenerated = beta * (logps.policyGenerated[i]! - logps.opponentGenerated[i]!)
    const margin = rewardReal - rewardGenerated
    result.rewardReal[i] = rewardReal
    result.rewardGenerated[i] = rewardGenerated
    result.margins[i] = margin
    if (margin > 0) right++
    if (lossType === 'ipo') {
      const perReal = 1 / (beta * Math.max(1, logps.tokensReal[i]!))
      const perGenerated = 1 / (beta * Math.max(1, logps.tokensGenerated[i]!))
      const distance = rewardReal * perReal - rewardGenerated * perGenerated - 1 / (2 * beta)
      result.losses[i] = distance * distance
      result.gradReal[i] = 2 * distance * beta * perReal * share
      result.gradGenerated[i] = -2 * distance * beta * perGenerated * share
    } else {
      const slope = lossType === 'sigmoid' ? -sigmoid(-margin) : margin < 1 ? -1 : 0
      result.losses[i] = lossType === 'sigmoid' ? softplus(-margin) : Math.max(0, 1 - margin)
      result.gradReal[i] = beta * slope * share
      result.gradGenerated[i] = -beta * slope * share
    }
    result.loss += result.losses[i]! * share
  }
  result.accuracy = pairs === 0 ? 0 : right / pairs
  return result
}

/**
 * The anchor: token-mean NLL of the real answers, −Σ log-prob / Σ tokens, over all answers of the optimizer step
 * (`divisor` = its tokens where this is one of its micro-batches). `grad` is d nll / d log-prob, equal for all.
 */
export function tokenMeanNll(
  logpReal: ArrayLike<number>,
  tokens: ArrayLike<number>,
  divisor?: number,
): { nll: number; grad: number } {
  let sum = 0
  let count = 0
  for (let i = 0; i < logpReal.length; i++) {
    sum += logpReal[i]!
    count += tokens[i]!
  }
  const share = 1 / Math.max(1, divisor ?? count)
  return { nll: sum === 0 ? 0 : -sum * share, grad: -share }
}

const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))

function sigmoid(x: number): number {
  const small = Math.exp(-Math.abs(x))
  return x >= 0 ? 1 / (1 + small) : small / (1 + small)
}
