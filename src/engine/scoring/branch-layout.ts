import { slotsOf, type TokenBatch } from '../model/token-batch.ts'
import { attentionBlocks } from './attention-blocks.ts'

// T rows, Z attention slots (see token-batch.ts).

/** Tokens that are read: those that all answers share, then each answer's own. */
export interface Branches {
  prompt: readonly number[] // may be empty
  answers: readonly (readonly number[])[] // none of them empty
}

export interface BranchLayout {
  batch: TokenBatch
  /** Of each of the branches given, the row of the first token of each answer. */
  firstRows: number[][]
  /** Indices of the branches in the order of their rows. */
  order: number[]
}

export interface LayoutOptions {
  /** See attention-blocks.ts. */
  blockCost?: number | undefined
  /** Tokens of a prefix that all branches continue, read before (see prefix-cache.ts). */
  prefixTokens?: number
}

/** Lays branches out as rows: every prompt once, then each of its answers. One row more than needed at least: unused slots read it. */
export function layOutBranches(
  branches: readonly Branches[],
  { blockCost, prefixTokens = 0 }: LayoutOptions = {},
): BranchLayout {
  const sizes = branches.map(({ prompt, answers }) => ({
    prompt: prompt.length,
    answers: answers.map((answer) => answer.length),
  }))
  const blocks = attentionBlocks(sizes, blockCost)
  if (blocks.length === 0)
    blocks.push({ prompts: 1, promptSlots: 0, answers: 1, answerSlots: 16, members: [] })
  const tokenRows = roundUpRows(sum(sizes.map(({ prompt, answers }) => prompt + sum(answers))) + 1)
  const slots = sum(blocks.flatMap(slotsOf))
  const batch: TokenBatch = {
    tokenRows,
    blocks: blocks.map(({ members: _, ...block }) => block),
    prefixTokens,
    tokenIds: new Int32Array(tokenRows),
    positions: new Int32Array(tokenRows),
    rowOfSlot: new Int32Array(slots).fill(tokenRows - 1),
    slotOfRow: new Int32Array(tokenRows).fill(slots),
    firstSlot: new Int32Array(sum(blocks.map(({ prompts }) => prompts))),
  }
  let row = 0
  const place = (tokens: readonly number[], position: number, slot: number) => {
    for (const [i, tokenId] of tokens.entries()) {
      batch.tokenIds[row] = tokenId
      batch.positions[row] = prefixTokens + position + i
      batch.rowOfSlot[slot + i] = row
      batch.slotOfRow[row] = slot + i
      row++
    }
  }
  const firstRows: number[][] = branches.map(() => [])
  let blockStart = 0
  let slotOfPrompt = 0
  for (const block of blocks) {
    const { promptSlots, answers, answerSlots } = block
    const answerStart = blockStart + slotsOf(block)[0]
    for (const [n, member] of block.members.entries()) {
      const branch = branches[member]!
      const shared = branch.prompt.length
      const first = promptSlots - shared
      batch.firstSlot[slotOfPrompt++] = first
      place(branch.prompt, 0, blockStart + n * promptSlots + first)
      for (const [i, answer] of branch.answers.entries()) {
        firstRows[member]!.push(row)
        place(answer, shared, answerStart + (n * answers + i) * answerSlots)
      }
    }
    blockStart += sum(slotsOf(block))
  }
  return { batch, firstRows, order: blocks.flatMap(({ members }) => members) }
}

/** To a multiple of 16, or of a sixteenth of the power of two below: few sizes exist, and a thirtieth is padding. */
export function roundUpRows(n: number): number {
  const multiple = Math.max(16, 2 ** (Math.floor(Math.log2(n)) - 4))
  return Math.ceil(n / multiple) * multiple
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0)
