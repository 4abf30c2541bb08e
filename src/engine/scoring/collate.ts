import { AppError } from '../../contract/errors.ts'

// B sequences, S padded length, R padded response rows.

export interface TokenSequence {
  promptIds: readonly number[]
  responseIds: readonly number[]
}

/** A padded batch, as the graphs take it. The real and the generated answer of a pair are two of its sequences. */
export interface Batch {
  batch: number // B
  length: number // S
  rows: number // R
  /** Right-padded with 0. A causal mask is enough: padding never reaches a real position. */
  tokenIds: Int32Array // [B·S]
  /** Real tokens of each sequence; 0 for a sequence that only fills the batch. */
  lengths: Int32Array // [B]
  /** Flat positions b·S + t − 1 whose logits predict response token t; 0 in padding rows. */
  rowIndex: Int32Array // [R]
  targetIds: Int32Array // [R]
  /** Which sequence a row belongs to; −1 = a padding row, of weight 0. */
  sequenceOf: Int32Array // [R]
  /** Response tokens of each sequence. */
  responseTokens: Int32Array // [B]
  /** The row (index into rowIndex) of the answer's final EOS; −1 where the answer was capped or cut. */
  eosRow: Int32Array // [B]
  /** Real tokens of the whole batch, padding not counted. */
  tokens: number
}

export interface CollateOptions {
  eosIds: readonly number[]
  /** S is rounded up to a multiple of this, so that few shapes exist: graphs have static shapes. */
  lengthMultiple?: number
  rowMultiple?: number
  /** Fills the batch up to so many sequences, for the same reason. */
  padBatchTo?: number
}

/** Throws BAD_INPUT for an answer without a prompt: its first token would have no position that predicts it. */
export function collate(sequences: readonly TokenSequence[], options: CollateOptions): Batch {
  const { eosIds, lengthMultiple = 16, rowMultiple = 64, padBatchTo = 0 } = options
  const batch = Math.max(sequences.length, padBatchTo)
  let longest = 1
  let responseRows = 0
  for (const [index, { promptIds, responseIds }] of sequences.entries()) {
    if (promptIds.length === 0 && responseIds.length > 0) {
      throw new AppError('BAD_INPUT', `Sequence ${index} has an answer but no prompt token before it.`, {
        sequence: index,
      })
    }
    longest = Math.max(longest, promptIds.length + responseIds.length)
    responseRows += responseIds.length
  }
  const length = roundUp(longest, lengthMultiple)
  const rows = roundUp(Math.max(1, responseRows), rowMultiple)
  const result: Batch = {
    batch,
    length,
    rows,
    tokenIds: new Int32Array(batch * length),
    lengths: new Int32Array(batch),
    rowIndex: new Int32Array(rows),
    targetIds: new Int32Array(rows),
    sequenceOf: new Int32Array(rows).fill(-1),
    responseTokens: new Int32Array(batch),
    eosRow: new Int32Array(batch).fill(-1),
    tokens: 0,
  }
  let row = 0
  for (const [b, { promptIds, responseIds }] of sequences.entries()) {
    const start = b * length
    result.tokenIds.set(promptIds, start)
    result.tokenIds.set(responseIds, start + promptIds.length)
    result.lengths[b] = promptIds.length + responseIds.length
    result.responseTokens[b] = responseIds.length
    result.tokens += promptIds.length + responseIds.length
    for (const [i, id] of responseIds.entries()) {
      result.rowIndex[row] = start + promptIds.length + i - 1
      result.targetIds[row] = id
      result.sequenceOf[row] = b
      row++
    }
    const last = responseIds.at(-1)
    if (last !== undefined && eosIds.includes(last)) result.eosRow[b] = row - 1
  }
  return result
}

const roundUp = (n: number, multiple: number): number => Math.ceil(n / multiple) * multiple
