import { describe, expect, it } from 'vitest'
import { pairedBootstrap } from '../../../src/engine/evaluation/paired-bootstrap.ts'
import { uniform } from '../../../src/engine/tensor/random.ts'

const rows = 400
const a = Array.from({ length: rows }, (_, i) => uniform(1, 'a', i))
const b = a.map((value, i) => value - 0.1 + 0.2 * (uniform(2, 'b', i) - 0.5))

describe('pairedBootstrap', () => {
  it('agrees with the standard error and the normal interval of a mean of differences', () => {
    const found = pairedBootstrap(a, b, { seed: 3 })
    const differences = a.map((value, i) => value - b[i]!)
    const mean = differences.reduce((total, value) => total + value, 0) / rows
    const variance = differences.reduce((total, value) => total + (value - mean) ** 2, 0) / (rows - 1)
    const standardError = Math.sqrt(variance / rows)
    expect(found.mean).toBeCloseTo(mean, 12)
    // A standard error from 2,000 resamples has a relative spread of 1/√4000 = 1.6 %; 8 % is five of those.
    expect(Math.abs(found.standardError / standardError - 1)).toBeLessThan(0.08)
    // A 2.5 % quantile of 2,000 normal draws has a spread of 0.06 standard errors; 0.3 is five of those.
    expect(Math.abs(found.low - (mean - 1.96 * standardError))).toBeLessThan(0.3 * standardError)
    expect(Math.abs(found.high - (mean + 1.96 * standardError))).toBeLessThan(0.3 * standardError)
  })

  it('keeps pairs together: a constant difference has no spread', () => {
    const found = pairedBootstrap(
      a,
      a.map((value) => value - 0.25),
      { seed: 3 },
    )
    expect(found.mean).toBeCloseTo(0.25, 12)
    expect(found.standardError).toBeLessThan(1e-12)
  })

  it('gives the same numbers for the same seed and others for another', () => {
    const found = pairedBootstrap(a, b, { seed: 3, resamples: 200 })
    expect(pairedBootstrap(a, b, { seed: 3, resamples: 200 })).toEqual(found)
    expect(pairedBootstrap(a, b, { seed: 4, resamples: 200 })).not.toEqual(found)
  })

  it('refuses scores of different rows', () => {
    expect(() => pairedBootstrap(a, b.slice(1), { seed: 3 })).toThrow(/same rows/)
    expect(() => pairedBootstrap([], [], { seed: 3 })).toThrow(/same rows/)
  })
})
