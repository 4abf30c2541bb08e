import type { LayeredModel } from '../model/layered-model.ts'
import { type Batch, collate, type TokenSequence } from './collate.ts'
import { tokenLogProbs } from './response-scores.ts'

/** Summed log-prob of one answer, and of its final EOS alone (NaN where it has none). Nats. */
export interface SequenceScore {
  logp: number
  eos: number
}

export interface ScoreOptions {
  batchSize: number
  eosIds: readonly number[]
}

/** Sums a batch's token log-probs [R] per sequence, in float64. */
export function sequenceSums(batch: Batch, logp: Float32Array): SequenceScore[] {
  const sums = new Float64Array(batch.batch)
  for (let r = 0; r < batch.rows; r++) if (batch.sequenceOf[r]! >= 0) sums[batch.sequenceOf[r]!]! += logp[r]!
  return Array.from(sums, (sum, b) => ({
    logp: sum,
    eos: batch.eosRow[b]! < 0 ? Number.NaN : logp[batch.eosRow[b]!]!,
  }))
}

/**
 * Scores answers in order of length, so that batches pad little; results are in the order of the input.
 * Yields the number of sequences done after every batch.
 */
export async function* scoreSequences(
  model: LayeredModel,
  sequences: readonly TokenSequence[],
  { batchSize, eosIds }: ScoreOptions,
): AsyncGenerator<number, SequenceScore[]> {
  const size = ({ promptIds, responseIds }: TokenSequence) => promptIds.length + responseIds.length
  const order = sequences.map((_, i) => i).sort((a, b) => size(sequences[a]!) - size(sequences[b]!) || a - b)
  const scores = new Array<SequenceScore>(sequences.length)
  for (let start = 0; start < order.length; start += batchSize) {
    const picked = order.slice(start, start + batchSize)
    const batch = collate(
      picked.map((i) => sequences[i]!),
      { eosIds, padBatchTo: batchSize, rowMultiple: batchSize >= 16 ? 256 : 64 },
    )
    const sums = sequenceSums(batch, await tokenLogProbs(model, batch, batch))
    picked.forEach((i, b) => (scores[i] = sums[b]!))
    yield start + picked.length
  }
  return scores
}
