import type { Graph, Value } from '../tensor/graph.ts'

/**
 * Tokens of one pass as a flat list of T rows, without padding between sequences: matrices, norms and the MLP see rows
 * alone. Only attention looks at several, so only attention groups them, into blocks of slots.
 */
export interface TokenBatch extends BatchShape {
  /** Rows behind the real ones only round T up; the last row is such a row wherever a block has unused slots. */
  tokenIds: Int32Array // [T]
  /** Each row's place in its own sequence: a prompt, and every answer as the continuation of its prompt. */
  positions: Int32Array // [T]
  /** The row in each slot of all blocks; an unused slot names the last row. */
  rowOfSlot: Int32Array // [Z]
  /** The slot of each row; Z for rows without one. No two rows share a slot. */
  slotOfRow: Int32Array // [T]
  /** Of each prompt of all blocks, the first slot in use. */
  firstSlot: Int32Array // [ΣN]
}

/**
 * N prompts and n answers of each: first N·P slots with the prompts, which end at their last slot, then N·n·A slots with
 * the answers, which begin at their first. So slot P + i of an answer stands i places after its prompt's end whatever
 * the prompt's length, and causality and windows are the same for every row of the block.
 */
export interface AttentionBlock {
  prompts: number // N
  promptSlots: number // P; 0 = whole sequences
  answers: number // n
  answerSlots: number // A
}

/** All that a program depends on, beside the model: programs are static. */
export interface BatchShape {
  tokenRows: number // T
  blocks: readonly AttentionBlock[]
  /** Tokens before all sequences, whose keys and values are fed (see prefix-cache.ts); positions go on behind them. */
  prefixTokens?: number // C
}

export const shapeKey = ({ tokenRows, blocks, prefixTokens = 0 }: BatchShape): string =>
  `${tokenRows} ${prefixTokens} ${blocks.map((b) => [b.prompts, b.promptSlots, b.answers, b.answerSlots].join('x')).join(' ')}`

/** Slots of a block's prompts and of its answers. */
export const slotsOf = ({ prompts, promptSlots, answers, answerSlots }: AttentionBlock): [number, number] => [
  prompts * promptSlots,
  prompts * answers * answerSlots,
]

const inputNames = ['positions', 'rowOfSlot', 'slotOfRow', 'firstSlot'] as const
export type BatchInputs = Record<(typeof inputNames)[number], Value>

/** A batch's integers as inputs of a graph, by the names that `batchFeeds` uses. */
export function batchInputs(graph: Graph, { tokenRows, blocks }: BatchShape): BatchInputs {
  const slots = blocks.flatMap(slotsOf).reduce((sum, n) => sum + n, 0)
  const prompts = blocks.reduce((sum, block) => sum + block.prompts, 0)
  const input = (name: string, size: number) => graph.input(name, 'i32', [size])
  return {
    positions: input('positions', tokenRows),
    rowOfSlot: input('rowOfSlot', slots),
    slotOfRow: input('slotOfRow', tokenRows),
    firstSlot: input('firstSlot', prompts),
  }
}

export const batchFeeds = (batch: TokenBatch): Record<string, Int32Array> =>
  Object.fromEntries(inputNames.map((name) => [name, batch[name]]))

/** B whole sequences of one length S, token ids [B·S]: row b·S + s is token s of sequence b. */
export function wholeSequences(count: number, length: number, tokenIds: Int32Array): TokenBatch {
  const rows = Int32Array.from({ length: count * length }, (_, row) => row)
  return {
    tokenRows: tokenIds.length,
    tokenIds,
    positions: rows.map((row) => row % length),
    blocks: [{ prompts: count, promptSlots: 0, answers: 1, answerSlots: length }],
    rowOfSlot: rows,
    slotOfRow: rows,
    firstSlot: new Int32Array(count),
  }
}
