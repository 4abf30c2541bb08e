import { AppError } from '../../contract/errors.ts'
import { slotsOf, type TokenBatch } from '../model/token-batch.ts'
import { attentionBlocks } from './attention-blocks.ts'

// T rows, Z attention slots (see token-batch.ts), R padded response rows, B sequences.

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
  const sizes = groups.map(({ promptIds, members }) => ({
    prompt: promptIds.length - 1,
    answers: members.map((b) => sequences[b]!.responseIds.length),
  }))
  const blocks = attentionBlocks(sizes, blockCost)
  if (blocks.length === 0)
    blocks.push({ prompts: 1, promptSlots: 0, answers: 1, answerSlots: 16, members: [] })
  const responses = sum(sizes.flatMap(({ answers }) => answers))
  // One row more than needed at least: unused slots read it.
  const tokenRows = roundUp(sum(sizes.map(({ prompt }) => prompt)) + responses + 1)
  const rows = roundUp(Math.max(1, responses))
  const slots = sum(blocks.flatMap(slotsOf))
  const batch: Batch = {
    tokenRows,
    blocks: blocks.map(({ members: _, ...block }) => block),
    tokenIds: new Int32Array(tokenRows),
    positions: new Int32Array(tokenRows),
    rowOfSlot: new Int32Array(slots).fill(tokenRows - 1),
    slotOfRow: new Int32Array(tokenRows).fill(slots),
    firstSlot: new Int32Array(sum(blocks.map(({ prompts }) => prompts))),
    sequences: sequences.length,
    rows,
    rowIndex: new Int32Array(rows).fill(tokenRows - 1),
    targetIds: new Int32Array(rows),
    sequenceOf: new Int32Array(rows).fill(-1),
    responseTokens: Int32Array.from(sequences, ({ responseIds }) => responseIds.length),
    eosRow: new Int32Array(sequences.length).fill(-1),
    tokens: sum(sequences.map(({ promptIds, responseIds }) => promptIds.length + responseIds.length)),
  }
  let row = 0
  let response = 0
  const place = (tokenId: number, position: number, slot: number) => {
    batch.tokenIds[row] = tokenId
    batch.positions[row] = position
    batch.rowOfSlot[slot] = row
    batch.slotOfRow[row] = slot
    row++
  }
  let blockStart = 0
  let prompt = 0
  for (const block of blocks) {
    const { promptSlots, answers, answerSlots } = block
    const answerStart = blockStart + slotsOf(block)[0]
    for (const [n, member] of block.members.entries()) {
      const { promptIds, members } = groups[member]!
      const shared = promptIds.length - 1
      const first = promptSlots - shared
      batch.firstSlot[prompt++] = first
      for (let i = 0; i < shared; i++) place(promptIds[i]!, i, blockStart + n * promptSlots + first + i)
      for (const [branch, b] of members.entries()) {
        const { responseIds } = sequences[b]!
        const start = answerStart + (n * answers + branch) * answerSlots
        for (const [i, target] of responseIds.entries()) {
          batch.rowIndex[response] = row
          batch.targetIds[response] = target
          batch.sequenceOf[response] = b
          place(i === 0 ? promptIds[shared]! : responseIds[i - 1]!, shared + i, start + i)
          response++
        }
        const last = responseIds.at(-1)
        if (last !== undefined && eosIds.includes(last)) batch.eosRow[b] = response - 1
      }
    }
    blockStart += sum(slotsOf(block))
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

/** To a multiple of 16, or of a sixteenth of the power of two below: few sizes exist, and a thirtieth is padding. */
function roundUp(n: number): number {
  const multiple = Math.max(16, 2 ** (Math.floor(Math.log2(n)) - 4))
  return Math.ceil(n / multiple) * multiple
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0)
