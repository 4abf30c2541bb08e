import type { TrainingSettings } from '../../contract/settings.ts'
import { type Batch, collate, type CollateOptions } from '../scoring/collate.ts'
import type { LossTerms } from './layered-gradients.ts'
import type { TrainingRow } from './training-rows.ts'

/** Summed log-probs of every training row under the opponent, and of the real answer's final EOS (NaN without one). */
export interface OpponentLogps {
  real: Float32Array // [N]
  generated: Float32Array // [N]; 0 for NLL-only rows
  realEos: Float32Array // [N]
}

/** What the means of one optimizer step divide by: its rows, and the tokens of their real answers. */
export interface StepTotals {
  rows: number
  realTokens: number
}

export interface MicroBatch {
  batch: Batch
  terms: LossTerms
  /** Row numbers; sequence b of the batch is the real answer of rows[b]. */
  rows: readonly number[]
  /** For each entry of `rows`, the sequence of its generated answer, or −1. */
  generatedSequence: Int32Array
}

/**
 * Real answers first, then the generated answers of the rows that have one: both of a pair in one forward pass.
 * The two share their prompt's rows (see collate.ts). NLL-only rows, and all rows of plain SFT, cost a single answer.
 */
export function buildMicroBatch(
  rows: readonly number[],
  data: readonly TrainingRow[],
  opponent: OpponentLogps,
  totals: StepTotals,
  settings: TrainingSettings,
  eosIds: readonly number[],
  layout: Pick<CollateOptions, 'blockCost'> = {},
): MicroBatch {
  const sequences = rows.map((row) => ({ promptIds: data[row]!.promptIds, responseIds: data[row]!.realIds }))
  const generatedSequence = new Int32Array(rows.length).fill(-1)
  rows.forEach((row, i) => {
    const { promptIds, generatedIds } = data[row]!
    if (generatedIds && settings.objective !== 'sft')
      generatedSequence[i] = sequences.push({ promptIds, responseIds: generatedIds }) - 1
  })
  const batch = collate(sequences, { eosIds, ...layout })
  const pairs = settings.microBatch
  const terms: LossTerms = {
    rowIndex: batch.rowIndex,
    targetIds: batch.targetIds,
    pairs,
    beta: settings.beta,
    lossType: settings.lossType,
    pairing: new Float32Array(pairs * batch.rows),
    opponentMargin: new Float32Array(pairs),
    pairWeight: new Float32Array(pairs),
    tokenWeight: new Float32Array(batch.rows),
  }
  const nllWeight = settings.objective === 'sft' ? 1 : settings.nllWeight
  const pairOf = new Int32Array(batch.sequences).fill(-1)
  // What one token's log-prob counts for in its answer's: IPO takes the mean, the other losses the sum.
  const share = Float64Array.from(batch.responseTokens, (tokens) =>
    settings.lossType === 'ipo' ? 1 / Math.max(1, tokens) : 1,
  )
  rows.forEach((row, i) => {
    if (generatedSequence[i]! < 0) return
    pairOf[i] = i
    pairOf[generatedSequence[i]!] = i
    terms.pairWeight[i] = 1 / totals.rows
    terms.opponentMargin[i] =
      opponent.real[row]! * share[i]! - opponent.generated[row]! * share[generatedSequence[i]!]!
  })
  for (let r = 0; r < batch.rows; r++) {
    const sequence = batch.sequenceOf[r]!
    if (sequence < 0) continue
    const isReal = sequence < rows.length
    if (pairOf[sequence]! >= 0)
      terms.pairing[pairOf[sequence]! * batch.rows + r] = (isReal ? 1 : -1) * share[sequence]!
    if (isReal) terms.tokenWeight[r] = nllWeight / totals.realTokens
  }
  return { batch, terms, rows, generatedSequence }
}
