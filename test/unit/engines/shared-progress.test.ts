import { expect, it } from 'vitest'
import { SharedProgress } from '../../../src/main/engines/shared-progress.ts'
import { progressText } from '../../../src/main/terminal/progress-display.ts'

it('several engines have one progress, and each its part; one that is out has no pace', () => {
  let now = 0
  const progress = new SharedProgress({ stage: 'Answering', total: 100, unit: 'rows' }, 10, () => now)
  progress.join('a', 'cpu 1')
  progress.join('b', 'cpu 2')
  now = 1000
  progress.add('a', 20, 400)
  now = 2000
  const two = progress.add('b', 10, 100)
  expect(two).toMatchObject({ done: 40, total: 100, rate: 15, tokensPerSecond: 250 })
  expect(two.devices).toEqual([
    { name: 'cpu 1', done: 20, rate: 10, tokensPerSecond: 200, isOut: false },
    { name: 'cpu 2', done: 10, rate: 5, tokensPerSecond: 50, isOut: false },
  ])
  progress.out('b')
  const one = progress.add('a', 0, 0)
  expect(one.devices![1]).toEqual({ name: 'cpu 2', done: 10, rate: null, tokensPerSecond: null, isOut: true })
  expect(progressText('', two)).toBe(
    'Answering  40/100 rows  40%  15.0 rows/s  250 tokens/s  4.0 s left  cpu 1: 20, cpu 2: 10',
  )
  // The pace is that of the last seconds.
  now = 60_000
  progress.add('a', 0, 0)
  now = 61_000
  expect(progress.add('a', 4, 0).rate).toBe(4)
})
