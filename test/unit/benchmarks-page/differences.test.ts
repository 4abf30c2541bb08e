import { describe, expect, it } from 'vitest'
import type { ScoreDifference } from '../../../src/contract/app/results.ts'
import {
  averageDifference,
  comparedRows,
  differenceWords,
  pairKey,
  pairsOf,
  standingOut,
  taskDifference,
} from '../../../src/renderer/benchmarks/differences.ts'
import { scoreTable, type ScoreTable } from '../../../src/renderer/benchmarks/score-table.ts'
import { settingsGroups } from '../../../src/renderer/benchmarks/settings-groups.ts'
import { evaluationOf, six } from './recorded-evaluation.ts'

const tableOf = (evaluations: Parameters<typeof settingsGroups>[0]): ScoreTable =>
  scoreTable(settingsGroups(evaluations)[0]!, [-1, -2, 0, 1])
const difference = (
  mean: number,
  clear: boolean | null = true,
  half: number | null = 0.6,
): ScoreDifference => ({
  mean,
  half,
  prompts: 100,
  clear,
})
const whole = tableOf([
  evaluationOf(4, 1, six(0.5)),
  evaluationOf(3, 0, six(0.4)),
  evaluationOf(2, -2, six(0.35)),
  evaluationOf(1, -1, six(0.3)),
])

describe('differences', () => {
  it('are asked for each model against the base, and for each iteration against the one before', () => {
    const pairs = comparedRows(whole).flatMap(({ a, b }) => pairsOf(b, a).map(pairKey))
    expect(pairs).toEqual(['1 2', '1 3', '1 4', '3 4'])
  })

  it('of a model that was measured in parts are of several pairs, and give no average', () => {
    const parts = tableOf([
      evaluationOf(3, 0, { mmlu: 0.4 }),
      evaluationOf(2, 0, { ...six(0.4), mmlu: 0.1 }),
      evaluationOf(1, -1, six(0.3)),
    ])
    const [base, own] = parts.rows
    expect(pairsOf(own!, base!).map(pairKey).toSorted()).toEqual(['1 2', '1 3'])
    const found = new Map([
      ['1 2', new Map([['average', difference(1)]])],
      ['1 3', new Map([['mmlu', difference(2)]])],
    ])
    expect(averageDifference(found, own!, base!)).toBeNull()
    expect(taskDifference(found, own!, base!, 'mmlu')?.mean).toBe(2)
    expect(taskDifference(found, own!, base!, 'gsm8k')).toBeNull()
  })

  it('are said with who leads, by how much, and whether chance could have done it', () => {
    expect(differenceWords(2, 1, difference(1.3))).toBe('Iteration 2 beats iteration 1 by 1.3 ± 0.6 points.')
    expect(differenceWords(0, -1, difference(-2))).toBe('Iteration 0 is 2.0 ± 0.6 points below the base.')
    expect(differenceWords(-2, -1, difference(-0.2, false))).toBe(
      'Plain SFT and the base are within error: −0.2 ± 0.6 points.',
    )
    expect(differenceWords(1, 0, difference(0.4, null, null))).toBe(
      'Iteration 1 and iteration 0 are within error: +0.4 points.',
    )
  })

  it('stand out by average first, then the newest iteration’s clear ones by task, the largest first', () => {
    const found = new Map([
      ['1 2', new Map([['average', difference(0.1, false)]])],
      ['1 3', new Map([['average', difference(1)]])],
      [
        '1 4',
        new Map([
          ['average', difference(2)],
          ['gsm8k', difference(-5)],
          ['mmlu', difference(9, false)],
          ['arc_challenge', difference(3)],
        ]),
      ],
      ['3 4', new Map([['average', difference(-0.7)]])],
    ])
    expect(standingOut(whole, found)).toEqual([
      { key: '-1 -2', words: 'Plain SFT and the base are within error: +0.1 ± 0.6 points.', isWorse: false },
      { key: '-1 0', words: 'Iteration 0 beats the base by 1.0 ± 0.6 points.', isWorse: false },
      { key: '-1 1', words: 'Iteration 1 beats the base by 2.0 ± 0.6 points.', isWorse: false },
      { key: '0 1', words: 'Iteration 1 is 0.7 ± 0.6 points below iteration 0.', isWorse: true },
      { key: 'gsm8k', words: 'GSM8K: iteration 1 is 5.0 ± 0.6 points below the base.', isWorse: true },
      {
        key: 'arc_challenge',
        words: 'ARC-Challenge: iteration 1 beats the base by 3.0 ± 0.6 points.',
        isWorse: false,
      },
    ])
    expect(standingOut(whole, new Map())).toEqual([])
  })
})
