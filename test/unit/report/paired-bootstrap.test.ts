import { describe, expect, it } from 'vitest'
import { bootstrapMean, pairedBootstrap } from '../../../src/main/report/paired-bootstrap.ts'
import { noise } from './sample-findings.ts'

const values = (n: number, salt: number): number[] =>
  Array.from({ length: n }, (_, i) => (noise(i, salt) < 0.6 ? 1 : 0))

describe('pairedBootstrap', () => {
  it('gives the same numbers for the same seed and others for another', () => {
    const [a, b] = [values(200, 1), values(200, 2)]
    expect(pairedBootstrap(a, b, { seed: 5 })).toEqual(pairedBootstrap(a, b, { seed: 5 }))
    expect(pairedBootstrap(a, b, { seed: 5 }).standardError).not.toBe(
      pairedBootstrap(a, b, { seed: 6 }).standardError,
    )
  })

  it('has the standard error of the theory: s/√n of the differences', () => {
    const [a, b] = [values(400, 1), values(400, 2)]
    const differences = a.map((value, i) => value - b[i]!)
    const mean = differences.reduce((sum, d) => sum + d, 0) / 400
    const s = Math.sqrt(differences.reduce((sum, d) => sum + (d - mean) ** 2, 0) / 399)
    const found = pairedBootstrap(a, b, { resamples: 8000 })
    expect(found.mean).toBeCloseTo(mean, 12)
    // Monte-Carlo error of a deviation from 8,000 resamples: about 1/√16000 < 1 %; 3 % leaves room.
    expect(found.standardError / (s / 20)).toBeGreaterThan(0.97)
    expect(found.standardError / (s / 20)).toBeLessThan(1.03)
    expect(found.low).toBeLessThan(mean)
    expect(found.high).toBeGreaterThan(mean)
  })

  it('calls a constant gain certain and no difference none', () => {
    expect(pairedBootstrap([1, 1, 1], [0, 0, 0])).toEqual({ mean: 1, standardError: 0, low: 1, high: 1 })
    expect(pairedBootstrap([1, 0, 1], [1, 0, 1])).toEqual({ mean: 0, standardError: 0, low: 0, high: 0 })
  })

  it('refuses lists that do not pair up', () => {
    expect(() => pairedBootstrap([1], [1, 0])).toThrow(/same prompts/)
    expect(() => bootstrapMean([])).toThrow(/at least one/)
  })
})
