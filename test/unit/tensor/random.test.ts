import { describe, expect, it } from 'vitest'
import { hash32, shuffled, uniform } from '../../../src/engine/tensor/random.ts'

/** χ² of counts that should be equal; mean = bins − 1, standard deviation = √(2·(bins − 1)). */
function chiSquare(counts: ArrayLike<number>): number {
  const bins = Array.from(counts)
  const expected = bins.reduce((total, count) => total + count, 0) / bins.length
  return bins.reduce((total, count) => total + (count - expected) ** 2 / expected, 0)
}

// Five standard deviations above the mean: by chance about once in a million.
const limit = (bins: number) => bins - 1 + 5 * Math.sqrt(2 * (bins - 1))

describe('uniform', () => {
  it('is strictly inside (0, 1), in float32 too', () => {
    for (let step = 0; step < 50_000; step++) {
      const value = uniform(42, 'row', step)
      expect(Math.fround(value) === value && value > 0 && value < 1).toBe(true)
    }
    expect(Math.fround(1 - 2 ** -24)).toBeLessThan(1) // the largest value there is
  })

  it.each([
    ['steps of one row', (i: number) => uniform(42, 'a3f9', i)],
    ['rows of one step', (i: number) => uniform(42, `row-${i}`, 0)],
    ['rows by number', (i: number) => uniform(42, i, 7)],
    ['seeds', (i: number) => uniform(i, 'a3f9', 0)],
  ])('is uniform over %s', (_, draw) => {
    const counts = new Uint32Array(100)
    for (let i = 0; i < 100_000; i++) counts[Math.floor(draw(i) * 100)]!++
    expect(chiSquare(counts)).toBeLessThan(limit(100))
  })

  it('is independent between neighbouring steps and rows', () => {
    for (const neighbour of [(i: number) => uniform(1, 'r', i + 1), (i: number) => uniform(1, 's', i)]) {
      const counts = new Uint32Array(256)
      for (let i = 0; i < 100_000; i++) {
        counts[Math.floor(uniform(1, 'r', i) * 16) * 16 + Math.floor(neighbour(i) * 16)]!++
      }
      expect(chiSquare(counts)).toBeLessThan(limit(256))
    }
  })
})

describe('hash32', () => {
  it('keeps its values, since data on disk depends on them', () => {
    expect([hash32(), hash32(0), hash32('a'), hash32(42, 'row', 3)]).toEqual([
      0, 3688223679, 4224899744, 2793491911,
    ])
  })

  it('flips half of the bits when one bit of an input flips', () => {
    let flipped = 0
    for (let i = 0; i < 2000; i++) {
      let difference = hash32(i, 5) ^ hash32(i ^ (1 << (i % 20)), 5)
      for (; difference !== 0; difference &= difference - 1) flipped++
    }
    // 64,000 fair bits: standard deviation 126; 700 is more than five of those.
    expect(Math.abs(flipped - 32_000)).toBeLessThan(700)
  })

  it('tells numbers from strings, borders between strings, and large numbers', () => {
    const found = [
      hash32(1),
      hash32('1'),
      hash32('ab', 'c'),
      hash32('a', 'bc'),
      hash32('abc'),
      hash32(2 ** 32 + 1),
      hash32(-1),
    ]
    expect(new Set(found).size).toBe(found.length)
    expect(() => hash32(0.5)).toThrow(RangeError)
  })
})

describe('shuffled', () => {
  it('is a permutation, the same for the same seed', () => {
    expect(Array.from(shuffled(500, 9)).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 500 }, (_, i) => i),
    )
    expect(shuffled(500, 9)).toEqual(shuffled(500, 9))
    expect(shuffled(500, 9)).not.toEqual(shuffled(500, 10))
    expect(shuffled(0, 1)).toHaveLength(0)
  })

  it('puts every item in every place equally often', () => {
    const counts = new Uint32Array(64)
    for (let seed = 0; seed < 20_000; seed++) {
      const order = shuffled(8, seed)
      for (let place = 0; place < 8; place++) counts[order[place]! * 8 + place]!++
    }
    expect(chiSquare(counts)).toBeLessThan(limit(64))
  })
})
