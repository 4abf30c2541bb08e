import { expect, test } from 'vitest'
import { truncatePair } from '../../../src/engine/training/truncate-pair.ts'

const ids = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i)
const limits = { maxLength: 10, maxPromptLength: 4 }

test('a pair that just fits stays whole, even with a prompt beyond max_prompt_length', () => {
  const pair = truncatePair({ promptIds: ids(0, 7), realIds: ids(50, 3), generatedIds: ids(70, 2) }, limits)
  expect(pair).toMatchObject({
    promptIds: ids(0, 7),
    realIds: ids(50, 3),
    generatedIds: ids(70, 2),
    promptCut: 0,
  })
})

test('one token too many for the longer answer: the last max_prompt_length tokens of the prompt stay', () => {
  const pair = truncatePair({ promptIds: ids(0, 7), realIds: ids(50, 2), generatedIds: ids(70, 4) }, limits)
  expect(pair.promptIds).toEqual([3, 4, 5, 6])
  expect(pair.realIds).toEqual(ids(50, 2))
  expect(pair.generatedIds).toEqual(ids(70, 4))
  expect(pair).toMatchObject({ promptCut: 3, realCut: 0, generatedCut: 0 })
})

test('still too long: both answers are cut to max_length − max_prompt_length', () => {
  const pair = truncatePair({ promptIds: ids(0, 20), realIds: ids(50, 30), generatedIds: ids(70, 8) }, limits)
  expect(pair.promptIds).toEqual(ids(16, 4))
  expect(pair.realIds).toEqual(ids(50, 6))
  expect(pair.generatedIds).toEqual(ids(70, 6))
  expect(pair).toMatchObject({ realCut: 24, generatedCut: 2 })
})

test('a short prompt with a too long answer: the cut is the official one, not the free space', () => {
  const pair = truncatePair({ promptIds: [1], realIds: ids(50, 12), generatedIds: [] }, limits)
  expect(pair.promptIds).toEqual([1])
  expect(pair.realIds).toHaveLength(6)
})

test('limits that leave no room for answers are refused', () => {
  const cut = () =>
    truncatePair({ promptIds: [1], realIds: [2], generatedIds: [3] }, { maxLength: 8, maxPromptLength: 8 })
  expect(cut).toThrow(/max_prompt_length \(8\) must be below max_length \(8\)/)
})
