import type { TrainingSettings } from '../../contract/settings.ts'
import { type Batch, collate } from '../scoring/collate.ts'
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
 * NLL-only rows, and all rows of plain SFT, cost a single sequence. Shapes are rounded up so that few programs are compiled.
 */
export function buildMicroBatch(
  rows: readonly number[],
  data: readonly TrainingRow[],
  opponent: OpponentLogps,
  totals: StepTotals,
  settings: TrainingSettings,
  eosIds: readonly number[],
): MicroBatch {
  const sequences = rows.map((row) => ({ promptIds: data[row]!.promptIds, responseIds: data[row]!.realIds }))
  const generatedSequence = new Int32Array(rows.length).fill(-1)
  rows.forEach((row, i) => {
    const { promptIds, generatedIds } = data[row]!
    if (generatedIds && settings.objective === 'spin')
      generatedSequence[i] = sequences.push({ promptIds, responseIds: generatedIds }) - 1
  })
  const multiple = Math.min(8, settings.microBatch)
  const batch = collate(sequences, {
    eosIds,
    padBatchTo: Math.ceil(sequences.length / multiple) * multiple,
    rowMultiple: rows.length >= 16 ? 256 : 64,
  })
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
  const pairOf = new Int32Array(batch.batch).fill(-1)
  rows.forEach((row, i) => {
    if (generatedSequence[i]! < 0) return
    pairOf[i] = i
    pairOf[generatedSequence[i]!] = i
    terms.pairWeight[i] = 1 / totals.rows
    terms.opponentMargin[i] = opponent.real[row]! - opponent.generated[row]!
  })
  for (let r = 0; r < batch.rows; r++) {
    const sequence = batch.sequenceOf[r]!
    if (sequence < 0) continue
    const isReal = sequence < rows.length
    if (pairOf[sequence]! >= 0) terms.pairing[pairOf[sequence]! * batch.rows + r] = isReal ? 1 : -1
    if (isReal) terms.tokenWeight[r] = nllWeight / totals.realTokens
  }
  return { batch, terms, rows, generatedSequence }
}
