import type { TrainingSettings } from '../../contract/settings.ts'
import * as t from '../tensor/build.ts'
import type { Value } from '../tensor/graph.ts'

/**
 * The loss as a graph, on the log-probs of response tokens (R rows of one micro-batch, P pairs).
 *   h = pairing·logp − opponentMargin           [P,1]  pairing is +1 on a pair's real rows, −1 on its generated rows
 *   SPIN (paper eq. 4.7; uclaml/SPIN spin/alignment/trainer.py) and DPO (Rafailov et al. 2023, eq. 7), which is the same
 *   formula: Σ w·softplus(−β·h) (sigmoid) or Σ w·max(0, 1 − β·h) (hinge)
 *   IPO (Azar et al. 2023, eq. 17): Σ w·(h − 1/(2β))². As in trl (trainer/dpo_trainer.py, confirmed there by the authors)
 *   the log-probs are means over an answer's tokens: pairing is ±1/tokens, opponentMargin the difference of means
 *   anchor and plain SFT: Σ u·(−logp), u = weight / tokens on real rows
 * Weights carry the division by the whole optimizer batch, so micro-batches simply add up; padding has weight 0.
 */
export interface PairLossInputs {
  pairing: Value // [P,R]
  opponentMargin: Value // [P,1]
  pairWeight: Value // [P,1]
  tokenWeight: Value // [R,1]
  beta: Value // []
}

export function pairLoss(logp: Value, inputs: PairLossInputs, lossType: TrainingSettings['lossType']): Value {
  const margin = t.sub(t.gemm(inputs.pairing, logp), inputs.opponentMargin)
  return t.add(
    t.reduceSum(t.mul(lossOfMargin(margin, inputs.beta, lossType), inputs.pairWeight)),
    t.reduceSum(t.mul(t.neg(logp), inputs.tokenWeight)),
  )
}

function lossOfMargin(margin: Value, beta: Value, lossType: TrainingSettings['lossType']): Value {
  const number = (value: number) => margin.graph.scalar(value, margin.dtype)
  if (lossType === 'ipo') {
    const distance = t.sub(margin, t.div(number(0.5), beta))
    return t.mul(distance, distance)
  }
  const scaled = t.mul(margin, beta)
  return lossType === 'sigmoid' ? t.softplus(t.neg(scaled)) : t.relu(t.sub(number(1), scaled))
}
