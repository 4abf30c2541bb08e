import { expect, test } from 'vitest'
import { type Batch, collate, type TokenSequence } from '../../../src/engine/scoring/collate.ts'

const promptOf = (length: number, from = 10) => Array.from({ length }, (_, i) => from + i)
const answersOf = (promptIds: readonly number[], ...answers: readonly number[][]): TokenSequence[] =>
  answers.map((responseIds) => ({ promptIds, responseIds }))

/** What attention lets a row see, by following the slots: the token ids of its sequence up to and including itself. */
function seenBy(batch: Batch, row: number): number[] {
  const slot = batch.slotOfRow[row]!
  let start = 0
  let firstPrompt = 0
  for (const { prompts, promptSlots, answers, answerSlots } of batch.blocks) {
    const answerStart = start + prompts * promptSlots
    const end = answerStart + prompts * answers * answerSlots
    if (slot < end) {
      const isPrompt = slot < answerStart
      const sequence = isPrompt ? 0 : Math.floor((slot - answerStart) / answerSlots)
      const prompt = isPrompt ? Math.floor((slot - start) / promptSlots) : Math.floor(sequence / answers)
      const first = start + prompt * promptSlots + batch.firstSlot[firstPrompt + prompt]!
      const endOfPrompt = isPrompt ? slot + 1 : start + (prompt + 1) * promptSlots
      const own = isPrompt ? [] : [answerStart + sequence * answerSlots, slot + 1]
      const slots = [
        ...Array.from({ length: endOfPrompt - first }, (_, i) => first + i),
        ...Array.from({ length: (own[1] ?? 0) - (own[0] ?? 0) }, (_, i) => own[0]! + i),
      ]
      return slots.map((at) => batch.tokenIds[batch.rowOfSlot[at]!]!)
    }
    start = end
    firstPrompt += prompts
  }
  throw new Error(`row ${row} has no slot`)
}

test('a pair: the prompt once, a row for every answer token, which predicts it', () => {
  const batch = collate(answersOf([5, 6, 7], [8, 2], [9, 9, 9]), { eosIds: [2] })
  expect(batch).toMatchObject({ tokenRows: 16, sequences: 2, rows: 16, tokens: 11 })
  expect(batch.blocks).toEqual([{ prompts: 1, promptSlots: 16, answers: 2, answerSlots: 16 }])
  expect([...batch.tokenIds.subarray(0, 8)]).toEqual([5, 6, 7, 8, 7, 9, 9, 0])
  expect([...batch.positions.subarray(0, 8)]).toEqual([0, 1, 2, 3, 2, 3, 4, 0])
  expect([...batch.rowIndex.subarray(0, 6)]).toEqual([2, 3, 4, 5, 6, 15])
  expect([...batch.targetIds.subarray(0, 6)]).toEqual([8, 2, 9, 9, 9, 0])
  expect([...batch.sequenceOf.subarray(0, 6)]).toEqual([0, 0, 1, 1, 1, -1])
  expect([...batch.responseTokens]).toEqual([2, 3])
  expect([...batch.eosRow]).toEqual([1, -1]) // the second answer was capped
  expect(batch.firstSlot[0]).toBe(14) // two shared tokens end at slot 16
})

test('every response row sees its own prompt and answer so far and nothing else, at their positions', () => {
  const sequences = Array.from({ length: 9 }, (_, i) =>
    answersOf(
      promptOf(1 + ((i * 7) % 23), 100 * i),
      promptOf((i * 5) % 19, 100 * i + 40),
      ...(i % 3 === 0 ? [] : [promptOf(1 + ((i * 11) % 37), 100 * i + 60)]),
    ),
  ).flat()
  for (const blockCost of [0, 2000, undefined]) {
    const batch = collate(sequences, { eosIds: [], ...(blockCost === undefined ? {} : { blockCost }) })
    const rows = [...batch.rowIndex.keys()].filter((r) => batch.sequenceOf[r]! >= 0)
    expect(rows).toHaveLength(sequences.reduce((sum, { responseIds }) => sum + responseIds.length, 0))
    const next = new Map<number, number>()
    for (const r of rows) {
      const b = batch.sequenceOf[r]!
      const { promptIds, responseIds } = sequences[b]!
      const at = next.get(b) ?? 0
      next.set(b, at + 1)
      expect(batch.targetIds[r]).toBe(responseIds[at])
      expect(batch.positions[batch.rowIndex[r]!]).toBe(promptIds.length - 1 + at)
      expect(seenBy(batch, batch.rowIndex[r]!)).toEqual([...promptIds, ...responseIds.slice(0, at)])
    }
  }
})

test('no two rows share a slot, unused slots and padding name the last row, which is none of the real ones', () => {
  const sequences = Array.from({ length: 7 }, (_, i) =>
    answersOf(promptOf(3 + i), promptOf(2 * i + 1), [4, 5]),
  ).flat()
  const batch = collate(sequences, { eosIds: [], blockCost: 500 })
  const last = batch.tokenRows - 1
  const used = [...batch.slotOfRow].filter((slot) => slot < batch.rowOfSlot.length)
  expect(new Set(used).size).toBe(used.length)
  expect(batch.slotOfRow[last]).toBe(batch.rowOfSlot.length)
  for (const [slot, row] of batch.rowOfSlot.entries())
    expect(row === last ? !used.includes(slot) : batch.slotOfRow[row] === slot).toBe(true)
  expect([...batch.rowIndex].filter((_, r) => batch.sequenceOf[r] === -1).every((row) => row === last)).toBe(
    true,
  )
  const real = [...batch.rowIndex].filter((_, r) => batch.sequenceOf[r]! >= 0)
  expect(new Set(real).size).toBe(real.length) // their gradients are scattered: see ScatterAddRows
})

test('prompts of equal content in different arrays are not shared', () => {
  const separate = collate([...answersOf([5, 6, 7], [8]), ...answersOf([5, 6, 7], [9])], { eosIds: [] })
  expect(separate.blocks).toMatchObject([{ prompts: 2, answers: 1 }])
})

test('short prompts share one block; long ones of unlike size get their own', () => {
  const blocks = (...sizes: [number, number, number][]) =>
    collate(
      sizes.flatMap(([p, a, b]) => answersOf(promptOf(p), promptOf(a), promptOf(b))),
      { eosIds: [] },
    ).blocks.map(({ prompts, promptSlots, answerSlots }) => [prompts, promptSlots, answerSlots])
  expect(blocks([40, 24, 10], [24, 32, 4], [48, 8, 30], [30, 12, 12])).toEqual([[4, 48, 32]])
  expect(blocks([40, 600, 500], [400, 60, 50], [45, 590, 610])).toEqual([
    [2, 48, 624],
    [1, 400, 64],
  ])
})

test('sizes are rounded up by a sixteenth at most, so that few graph shapes exist', () => {
  const of = (n: number) => collate(answersOf([1], promptOf(n)), { eosIds: [2] })
  expect(of(15)).toMatchObject({ tokenRows: 16, rows: 16 })
  expect(of(16)).toMatchObject({ tokenRows: 32, rows: 16 }) // the last row is never a real one
  expect(of(65)).toMatchObject({ tokenRows: 80, rows: 80 })
  expect(of(1000)).toMatchObject({ tokenRows: 1024, rows: 1024 })
  expect(of(1030)).toMatchObject({ tokenRows: 1088, rows: 1088 })
})

test('empty answers have no rows and no prompt; an answer without a prompt is refused', () => {
  const batch = collate(answersOf([1, 2], []), { eosIds: [2] })
  expect([...batch.sequenceOf].every((b) => b === -1)).toBe(true)
  expect(
    collate([...answersOf(promptOf(900), []), ...answersOf([1, 2], [3])], { eosIds: [] }).tokenRows,
  ).toBe(16)
  expect(() => collate([{ promptIds: [], responseIds: [3] }], { eosIds: [2] })).toThrow(/Sequence 0/)
})
