import { expect, it } from 'vitest'
import { createThroughputLog } from '../../../src/main/runs/throughput.ts'

it('holds 90 minutes at most, in at most 360 means, however long the run', () => {
  const log = createThroughputLog()
  for (let second = 0; second < 4 * 3600; second++) log.add(second * 1000, second < 3 * 3600 ? 100 : 300)
  const view = log.view()!
  expect(view.values.length).toBeLessThanOrEqual(360)
  const span = view.values.length * view.bucketSeconds
  expect(span).toBeGreaterThan(80 * 60)
  expect(span).toBeLessThanOrEqual(90 * 60)
  expect(view.fromAt + span * 1000).toBeGreaterThanOrEqual(4 * 3600 * 1000)
  expect([view.values[0], view.values.at(-1)]).toEqual([100, 300])
})

it('leaves a gap where nothing has a token rate, and shows nothing before the first', () => {
  const log = createThroughputLog()
  log.add(0, null)
  expect(log.view()).toBeNull()
  log.add(10_000, 50)
  log.add(30_000, 70)
  const { values, bucketSeconds } = log.view()!
  expect(values[10 / bucketSeconds]).toBe(50)
  expect(values[20 / bucketSeconds]).toBeNull()
  expect(values.at(-1)).toBe(70)
})

it('starts over after a sleep that is longer than what it shows', () => {
  const log = createThroughputLog()
  log.add(0, 50)
  log.add(24 * 3600 * 1000, 60)
  expect(log.view()).toEqual({ fromAt: 24 * 3600 * 1000, bucketSeconds: 2, values: [60] })
})
