import { expect, test } from 'vitest'
import { count, decimal, gigabytes, spent } from '../../../src/strings/amounts.ts'
import { engineLogWords } from '../../../src/strings/engine-log.ts'
import { runLogWords } from '../../../src/strings/run-log.ts'

test('numbers have their digits in groups and a true minus, amounts their unit', () => {
  expect(count(12345)).toBe('12,345')
  expect(decimal(-1234.5678, 2)).toBe('−1,234.57')
  expect(gigabytes(1.5e12)).toBe('1,500.00 GB')
  expect([spent(0.2), spent(99), spent(185), spent(9840)]).toEqual([
    '1 s',
    '99 s',
    '3 min 05 s',
    '2 h 44 min',
  ])
})

test('events of a run name rows, steps and answers so', () => {
  expect(runLogWords.fractionSaved(3, 12_345)).toBe('Fraction 3 saved, 12,345 rows')
  expect(runLogWords.ends.finetune(1, { rows: 0, steps: 1_500 }, 3_700)).toBe(
    'Iteration 1 trained, 1,500 steps, in 1 h 1 min',
  )
  expect(engineLogWords.dropped([['blank', 1_200]], 200_000, 'dropped.jsonl')).toBe(
    'Dropped blank 1,200 of 200,000 rows; each is listed in dropped.jsonl.',
  )
  expect(engineLogWords.adapter.first(8, 1_048_576)).toContain('rank 8, 1,048,576 numbers')
})
