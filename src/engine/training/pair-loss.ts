import * as t from '../tensor/build.ts'
import type { Value } from '../tensor/graph.ts'

/**
 * The loss as a graph, on the log-probs of response tokens (R rows of one micro-batch, P pairs).
 *   h = pairing·logp − opponentMargin           [P,1]  pairing is +1 on a pair's real rows, −1 on its generated rows
 *   SPIN (paper eq. 4.7; uclaml/SPIN spin/alignment/trainer.py): Σ w·softplus(−β·h) (sigmoid) or Σ w·max(0, 1 − β·h) (hinge)
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

export function pairLoss(logp: Value, inputs: PairLossInputs, lossType: 'sigmoid' | 'hinge'): Value {
  const margin = t.sub(t.gemm(inputs.pairing, logp), inputs.opponentMargin)
  const scaled = t.mul(margin, inputs.beta)
  const spin =
    lossType === 'sigmoid'
      ? t.softplus(t.neg(scaled))
      : t.relu(t.sub(logp.graph.scalar(1, logp.dtype), scaled))
  return t.add(
    t.reduceSum(t.mul(spin, inputs.pairWeight)),
    t.reduceSum(t.mul(t.neg(logp), inputs.tokenWeight)),
  )
}
