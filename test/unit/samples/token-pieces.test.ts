import { expect, test } from 'vitest'
import { tableOf } from '../../../src/renderer/samples/reward-table.ts'
import { spreadLabels } from '../../../src/renderer/charts/spread-labels.ts'
import { stepPath, ticksOf } from '../../../src/renderer/samples/reward-marks.ts'
import {
  heatOf,
  rewardOf,
  rewardSoFar,
  share,
  tokenPieces,
} from '../../../src/renderer/samples/token-pieces.ts'

const scores = {
  texts: ['So', '', '', ' é', '!', ''],
  policy: Float32Array.of(-1, -0.5, -0.5, -1, -2, -0.25),
  opponent: Float32Array.of(-2, -0.5, -1.5, -1, -1.5, -0.5),
  ended: true,
}

test('tokens that end no character are joined to the one that does, with their log-probs added', () => {
  const pieces = tokenPieces(scores)
  expect(pieces.map(({ text, ratio, isEnd }) => [text, ratio, isEnd])).toEqual([
    ['So', 1, false],
    [' é', 1, false],
    ['!', -0.5, false],
    ['', 0.25, true],
  ])
  expect(pieces[1]).toMatchObject({ policy: -2, opponent: -3 })
})

test('the reward is added up token by token from nothing, and its end is the reward', () => {
  expect([...rewardSoFar(scores, 0.5)]).toEqual([0, 0.5, 0.5, 1, 1, 0.75, 0.875])
  expect(rewardOf(scores, 0.5)).toBe(0.875)
  const silent = { texts: [], policy: new Float32Array(0), opponent: new Float32Array(0), ended: false }
  expect(rewardOf(silent, 0.5)).toBe(0)
})

test('a colour begins at 0.07 nats, is full at 1.6, and is underlined over 1.1', () => {
  expect(heatOf(0.069)).toBeNull()
  expect(heatOf(-0.069)).toBeNull()
  expect(heatOf(Number.NaN)).toBeNull()
  expect(heatOf(0.8)).toEqual({ side: 'human', percent: 21, underlined: false })
  expect(heatOf(-1.2)).toMatchObject({ side: 'generated', underlined: true })
  expect(heatOf(-9)?.percent).toBe(42)
})

test('probabilities are told as they are read', () => {
  expect(share(0)).toBe('100.0%')
  expect(share(Math.log(0.152))).toBe('15.2%')
  expect(share(Math.log(0.0031))).toBe('0.31%')
  expect(share(-20)).toBe('under 0.01%')
})

test('ticks are round, hold 0, and are two to five', () => {
  expect(ticksOf(-2.35, 1.7)).toEqual([-2, 0])
  expect(ticksOf(0, 5)).toEqual([0, 2, 4])
  expect(ticksOf(0, 0)).toEqual([0])
  for (const span of [0.013, 0.4, 1, 3.3, 7, 18, 420]) {
    const ticks = ticksOf(-span / 3, span)
    expect(ticks).toContain(0)
    expect(ticks.length).toBeGreaterThanOrEqual(2)
    expect(ticks.length).toBeLessThanOrEqual(5)
  }
})

test('labels of lines that end together stand apart, in the lines’ order', () => {
  expect(spreadLabels([50, 52, 10], 14)).toEqual([50, 64, 10])
  expect(spreadLabels([30, 30, 30], 14)).toEqual([30, 44, 58])
})

test('the chart’s table has a line a token, empty where an answer has ended', () => {
  const table = tableOf([
    { kind: 'human', sums: Float64Array.of(0, 0.5, 1) },
    { kind: 'opponent', sums: Float64Array.of(0, -0.25) },
  ])
  expect(table).toBe('token\thuman\topponent\n0\t0.0000\t0.0000\n1\t0.5000\t-0.2500\n2\t1.0000\t')
})

test('a reward line steps at its tokens', () => {
  const path = stepPath(
    Float64Array.of(0, 1, 3),
    (token) => 10 * token,
    (reward) => -reward,
  )
  expect(path).toBe('M0.0 0.0H10.0V-1.0H20.0V-3.0')
})
