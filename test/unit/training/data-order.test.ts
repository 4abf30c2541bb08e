import { describe, expect, test } from 'vitest'
import { createDataOrder, permutation } from '../../../src/engine/training/data-order.ts'

const options = { rows: 25, batchSize: 8, microBatch: 3, seed: 42 }

describe('data order', () => {
  test('an epoch shows every row once; its last step is smaller', () => {
    const order = createDataOrder(options)
    expect(order.stepsPerEpoch).toBe(4)
    for (const epoch of [0, 1, 2]) {
      const steps = [0, 1, 2, 3].map((i) => order.at(epoch * 4 + i))
      expect(steps.map(({ rows }) => rows.length)).toEqual([8, 8, 8, 1])
      expect(steps.every((step) => step.epoch === epoch)).toBe(true)
      expect(steps.flatMap(({ rows }) => rows).toSorted((a, b) => a - b)).toEqual([...Array(25).keys()])
    }
  })

  test('any step asked for alone is the one that a run from the start would see', () => {
    const whole = createDataOrder(options)
    const all = Array.from({ length: 12 }, (_, step) => whole.at(step))
    for (const step of [11, 5, 0, 7]) expect(createDataOrder(options).at(step)).toEqual(all[step])
  })

  test('epochs and seeds differ', () => {
    const order = createDataOrder(options)
    expect(order.at(0).rows).not.toEqual(order.at(4).rows)
    expect(order.at(0).rows).not.toEqual(createDataOrder({ ...options, seed: 43 }).at(0).rows)
  })

  test('micro-batches are the rows of the step, in order', () => {
    const step = createDataOrder(options).at(0)
    expect(step.microBatches.map((m) => m.length)).toEqual([3, 3, 2])
    expect(step.microBatches.flat()).toEqual(step.rows)
  })

  test('given lengths, the rows of a step stay and its micro-batches have about as many tokens each', () => {
    const lengths = Array.from({ length: 25 }, (_, i) => 10 + ((i * 37) % 90))
    const shared = createDataOrder({ ...options, lengths }).at(1)
    const plain = createDataOrder(options).at(1)
    expect(shared.rows.toSorted()).toEqual(plain.rows.toSorted())
    expect(shared.microBatches.map((m) => m.length)).toEqual(plain.microBatches.map((m) => m.length))
    expect(shared.microBatches.flat()).toEqual(shared.rows)
    const tokens = (rows: readonly number[]) => rows.reduce((sum, row) => sum + lengths[row]!, 0)
    const spread = (microBatches: readonly number[][]) => {
      const full = microBatches.filter((m) => m.length === 3).map(tokens)
      return Math.max(...full) - Math.min(...full)
    }
    expect(spread(shared.microBatches)).toBeLessThanOrEqual(40) // about one row's worth
    expect(spread(shared.microBatches)).toBeLessThan(spread(plain.microBatches))
  })

  test('no rows at all are refused', () => {
    expect(() => createDataOrder({ ...options, rows: 0 })).toThrow(/at least one row/)
  })
})

describe('permutation', () => {
  test('this key gives this order on every machine and in every version', () => {
    // From a second implementation (Python) of SHA-256 → sfc32 → Fisher–Yates.
    expect([...permutation(10, '42:0')]).toEqual([4, 7, 9, 0, 1, 3, 2, 6, 5, 8])
  })

  test('is uniform: each of 6 orders of 3 rows appears within 5 sigma of 1/6', () => {
    const counts = new Map<string, number>()
    const draws = 6000
    for (let i = 0; i < draws; i++) {
      const key = permutation(3, `seed:${i}`).join()
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
    expect(counts.size).toBe(6)
    const sigma = Math.sqrt((draws * 5) / 36)
    for (const count of counts.values()) expect(Math.abs(count - draws / 6)).toBeLessThan(5 * sigma)
  })
})
