import type { TokenBatch } from '../../model/token-batch.ts'
import { slotsOf } from '../../model/token-batch.ts'
import type { Graph, Value } from '../../tensor/graph.ts'
import type { ShapedData } from '../../onnx/compiled-program.ts'

// T rows; sequences of Q query and K key slots; a prompt is a sequence of its own, an answer one whose keys begin with its prompt's.

/** Where attention's slots lie among the rows (see MoveRows), and at which positions. */
export interface SequenceInputs {
  queryFrom: Value // i32 [S·Q]
  queryBack: Value // i32 [T]
  keyFrom: Value // i32 [S·K]
  keyBack: Value // i32 [T] or [T, most answers of a prompt]
  queryAt: Value // i32 [S, Q]
  keyAt: Value // i32 [S, K]
}

export const sequenceParts = ['prompt', 'answer'] as const

/** The inputs of a program whose sizes are all known at run time alone. */
export function sequenceInputs(graph: Graph, part: (typeof sequenceParts)[number]): SequenceInputs {
  const input = (name: string, ...shape: number[]) => graph.input(`${part}.${name}`, 'i32', shape)
  const queryFrom = input('queryFrom', -1)
  const queryBack = input('queryBack', -1)
  const queryAt = input('queryAt', -1, -1)
  const keyAt = input('keyAt', -1, -1)
  // A prompt's keys are its queries.
  if (part === 'prompt')
    return { queryFrom, queryBack, keyFrom: queryFrom, keyBack: queryBack, queryAt, keyAt }
  return {
    queryFrom,
    queryBack,
    keyFrom: input('keyFrom', -1),
    keyBack: input('keyBack', -1, -1),
    queryAt,
    keyAt,
  }
}

/** Later than any query. */
const never = 2 ** 30

/** Feeds of `sequenceInputs` for a batch, its blocks of slots taken together: each part is padded to its longest sequence. */
export function sequenceFeeds(batch: TokenBatch): Record<string, ShapedData> {
  const { prompts, answers } = sequencesOf(batch)
  return {
    ...partFeeds(
      'prompt',
      batch,
      prompts.map((rows) => ({ queries: rows, keys: rows })),
    ),
    ...partFeeds('answer', batch, answers),
  }
}

interface Sequence {
  /** Rows of the batch, in order of their positions. */
  queries: readonly number[]
  keys: readonly number[]
}

function partFeeds(
  part: (typeof sequenceParts)[number],
  { tokenRows, positions }: TokenBatch,
  sequences: readonly Sequence[],
): Record<string, ShapedData> {
  // A size of 0 is another program's business: one empty sequence of one slot stands for none.
  const count = Math.max(1, sequences.length)
  const longest = (of: keyof Sequence) => Math.max(1, ...sequences.map((one) => one[of].length))
  const place = (of: keyof Sequence, width: number, unused: number) => {
    const from = new Int32Array(count * width).fill(tokenRows)
    const at = new Int32Array(count * width).fill(unused)
    const slots: number[][] = Array.from({ length: tokenRows }, () => [])
    for (const [s, sequence] of sequences.entries()) {
      for (const [i, row] of sequence[of].entries()) {
        from[s * width + i] = row
        at[s * width + i] = positions[row]!
        slots[row]!.push(s * width + i)
      }
    }
    return { from, at, slots }
  }
  const [queries, keys] = [longest('queries'), longest('keys')]
  const query = place('queries', queries, -1)
  const key = place('keys', keys, never)
  const back = (slots: readonly number[][], width: number, none: number) => {
    const data = new Int32Array(tokenRows * width).fill(none)
    for (const [row, own] of slots.entries()) data.set(own, row * width)
    return data
  }
  const uses = Math.max(1, ...key.slots.map(({ length }) => length))
  const feeds: Record<string, ShapedData> = {
    queryFrom: { data: query.from, shape: [count * queries] },
    queryBack: { data: back(query.slots, 1, count * queries), shape: [tokenRows] },
    queryAt: { data: query.at, shape: [count, queries] },
    keyAt: { data: key.at, shape: [count, keys] },
    ...(part === 'answer' && {
      keyFrom: { data: key.from, shape: [count * keys] },
      keyBack: { data: back(key.slots, uses, count * keys), shape: [tokenRows, uses] },
    }),
  }
  return Object.fromEntries(Object.entries(feeds).map(([name, fed]) => [`${part}.${name}`, fed]))
}

/** Rows of every prompt, and of every answer behind its prompt's; empty ones are left out. */
function sequencesOf(batch: TokenBatch): { prompts: number[][]; answers: Sequence[] } {
  const prompts: number[][] = []
  const answers: Sequence[] = []
  let at = 0
  const take = (slots: number): number[] => {
    const rows: number[] = []
    for (const end = at + slots; at < end; at++) {
      const row = batch.rowOfSlot[at]!
      if (batch.slotOfRow[row] === at) rows.push(row)
    }
    return rows
  }
  for (const block of batch.blocks) {
    const ofBlock = Array.from({ length: block.prompts }, () => take(block.promptSlots))
    if (slotsOf(block)[0] > 0) prompts.push(...ofBlock.filter(({ length }) => length > 0))
    for (const prompt of ofBlock) {
      for (let i = 0; i < block.answers; i++) {
        const queries = take(block.answerSlots)
        if (queries.length > 0) answers.push({ queries, keys: [...prompt, ...queries] })
      }
    }
  }
  return { prompts, answers }
}
