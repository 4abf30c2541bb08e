import { expect, test } from 'vitest'
import { collate } from '../../../src/engine/scoring/collate.ts'

test('two sequences: right padding, predicting rows, targets, owners and EOS rows', () => {
  const batch = collate(
    [
      { promptIds: [5, 6, 7], responseIds: [8, 2] },
      { promptIds: [5], responseIds: [9, 9, 9] },
    ],
    { eosIds: [2], lengthMultiple: 4, rowMultiple: 4 },
  )
  expect(batch).toMatchObject({ batch: 2, length: 8, rows: 8, tokens: 9 })
  expect([...batch.tokenIds]).toEqual([5, 6, 7, 8, 2, 0, 0, 0, 5, 9, 9, 9, 0, 0, 0, 0])
  expect([...batch.lengths]).toEqual([5, 4])
  expect([...batch.rowIndex]).toEqual([2, 3, 8, 9, 10, 0, 0, 0])
  expect([...batch.targetIds]).toEqual([8, 2, 9, 9, 9, 0, 0, 0])
  expect([...batch.sequenceOf]).toEqual([0, 0, 1, 1, 1, -1, -1, -1])
  expect([...batch.responseTokens]).toEqual([2, 3])
  expect([...batch.eosRow]).toEqual([1, -1]) // the second answer was capped
})

test('every response token is predicted by the position before it', () => {
  const sequences = Array.from({ length: 9 }, (_, i) => ({
    promptIds: Array.from({ length: 1 + i }, (_, j) => 10 + j),
    responseIds: Array.from({ length: (i * 5) % 7 }, (_, j) => 40 + j),
  }))
  const batch = collate(sequences, { eosIds: [] })
  const real = batch.sequenceOf.filter((b) => b >= 0)
  expect(real.length).toBe(sequences.reduce((sum, s) => sum + s.responseIds.length, 0))
  for (let r = 0; r < real.length; r++) {
    expect(batch.tokenIds[batch.rowIndex[r]! + 1]).toBe(batch.targetIds[r])
    expect(Math.floor(batch.rowIndex[r]! / batch.length)).toBe(batch.sequenceOf[r])
  }
})

test('lengths are rounded to 16 and rows to 64, so that few graph shapes exist', () => {
  const of = (n: number) =>
    collate([{ promptIds: [1], responseIds: Array.from({ length: n }, () => 3) }], { eosIds: [2] })
  expect(of(15)).toMatchObject({ length: 16, rows: 64 })
  expect(of(16)).toMatchObject({ length: 32, rows: 64 })
  expect(of(65)).toMatchObject({ length: 80, rows: 128 })
})

test('a short last batch is filled with empty sequences of no weight', () => {
  const batch = collate([{ promptIds: [1], responseIds: [2] }], { eosIds: [2], padBatchTo: 4 })
  expect(batch.batch).toBe(4)
  expect([...batch.lengths]).toEqual([2, 0, 0, 0])
  expect([...batch.eosRow]).toEqual([0, -1, -1, -1])
  expect(batch.sequenceOf.filter((b) => b > 0)).toHaveLength(0)
  expect(batch.tokenIds).toHaveLength(64)
})

test('an empty answer has no rows; an answer without a prompt is refused', () => {
  const batch = collate([{ promptIds: [1, 2], responseIds: [] }], { eosIds: [2] })
  expect([...batch.sequenceOf].every((b) => b === -1)).toBe(true)
  expect(() => collate([{ promptIds: [], responseIds: [3] }], { eosIds: [2] })).toThrow(/Sequence 0/)
})
