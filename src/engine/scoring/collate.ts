import { AppError } from '../../contract/errors.ts'
import type { TokenBatch } from '../model/token-batch.ts'
import { layOutBranches, roundUpRows } from './branch-layout.ts'

// T rows (see token-batch.ts), R padded response rows, B sequences.

/** Sequences that hold the very same `promptIds` array share the computation of their prompt. */
export interface TokenSequence {
  promptIds: readonly number[]
  responseIds: readonly number[]
}

/** A batch as the graphs take it. The real and the generated answer of a pair are two of its sequences. */
export interface Batch extends TokenBatch {
  sequences: number // B
  rows: number // R
  /** Rows of the batch whose logits predict response tokens, none twice; the last row of all in padding. */
  rowIndex: Int32Array // [R]
  targetIds: Int32Array // [R]
  /** Which sequence a response row belongs to; −1 = padding, of weight 0. */
  sequenceOf: Int32Array // [R]
  /** Response tokens of each sequence. */
  responseTokens: Int32Array // [B]
  /** The response row (index into rowIndex) of the answer's final EOS; −1 where the answer was capped or cut. */
  eosRow: Int32Array // [B]
  /** Tokens of all sequences, a shared prompt counted for each of them. */
  tokens: number
}

export interface CollateOptions {
  eosIds: readonly number[]
  /** See attention-blocks.ts. */
  blockCost?: number
}

interface Group {
  promptIds: readonly number[]
  members: number[]
}

/**
 * Lays sequences out as rows: for every distinct prompt its tokens but the last, then for every answer the prompt's last
 * token and the answer's but its last. So an answer has as many rows as tokens, each row predicts one of them, no row is
 * computed that predicts nothing and is not looked at, and no row serves two answers (their gradients meet in attention).
 * Throws BAD_INPUT for an answer without a prompt: its first token would have no position that predicts it.
 */
export function collate(sequences: readonly TokenSequence[], { eosIds, blockCost }: CollateOptions): Batch {
  const groups = groupByPrompt(sequences)
  const branches = groups.map(({ promptIds, members }) => ({
    prompt: promptIds.slice(0, -1),
    answers: members.map((b) => [promptIds.at(-1)!, ...sequences[b]!.responseIds.slice(0, -1)]),
  }))
  const { batch: tokens, firstRows, order } = layOutBranches(branches, { blockCost })
  const responses = sum(groups.flatMap(({ members }) => members.map((b) => sequences[b]!.responseIds.length)))
  const rows = roundUpRows(Math.max(1, responses))
  const batch: Batch = {
    ...tokens,
    sequences: sequences.length,
    rows,
    rowIndex: new Int32Array(rows).fill(tokens.tokenRows - 1),
    targetIds: new Int32Array(rows),
    sequenceOf: new Int32Array(rows).fill(-1),
    responseTokens: Int32Array.from(sequences, ({ responseIds }) => responseIds.length),
    eosRow: new Int32Array(sequences.length).fill(-1),
    tokens: sum(sequences.map(({ promptIds, responseIds }) => promptIds.length + responseIds.length)),
  }
  let response = 0
  for (const g of order) {
    for (const [n, b] of groups[g]!.members.entries()) {
      const { responseIds } = sequences[b]!
      for (const [i, target] of responseIds.entries()) {
        batch.rowIndex[response] = firstRows[g]![n]! + i
        batch.targetIds[response] = target
        batch.sequenceOf[response] = b
        response++
      }
      if (eosIds.includes(responseIds.at(-1)!)) batch.eosRow[b] = response - 1
    }
  }
  return batch
}

/** Sequences by prompt, in order of first appearance; prompts whose answers are all empty are left out. */
function groupByPrompt(sequences: readonly TokenSequence[]): Group[] {
  const groups = new Map<readonly number[], Group>()
  for (const [b, { promptIds, responseIds }] of sequences.entries()) {
    if (responseIds.length === 0) continue
    if (promptIds.length === 0) {
      throw new AppError('BAD_INPUT', `Sequence ${b} has an answer but no prompt token before it.`, {
        sequence: b,
      })
    }
    const group = groups.get(promptIds)
    if (group) group.members.push(b)
    else groups.set(promptIds, { promptIds, members: [b] })
  }
  return [...groups.values()]
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0)
