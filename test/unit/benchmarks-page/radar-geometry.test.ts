import { describe, expect, it } from 'vitest'
import {
  nameAnchor,
  radarPath,
  radarScale,
  radarSpot,
} from '../../../src/renderer/benchmarks/radar-geometry.ts'

describe('the radar chart', () => {
  it('goes on round rings from below the lowest value to above the highest', () => {
    expect(radarScale([31, 48.2])).toMatchObject({ low: 25, high: 50, rings: [30, 35, 40, 45, 50] })
    expect(radarScale([0.4, 3])).toMatchObject({ low: 0, high: 3 })
    const one = radarScale([40, 40])
    expect(one.low).toBeLessThan(40)
    expect(one.high).toBeGreaterThanOrEqual(40)
    expect(one.rings.at(-1)).toBe(one.high)
    expect(radarScale([]).rings.length).toBeGreaterThan(0)
  })

  it('has its first axis up and the others clockwise', () => {
    const at = (index: number) => radarSpot(index, 4, 10, { x: 100, y: 50 })
    expect(at(0).x).toBeCloseTo(100)
    expect(at(0).y).toBeCloseTo(40)
    expect(at(1).x).toBeCloseTo(110)
    expect(at(1).y).toBeCloseTo(50)
    expect(at(3).x).toBeCloseTo(90)
    expect([0, 1, 2, 3].map((index) => nameAnchor(index, 4))).toEqual(['middle', 'start', 'middle', 'end'])
  })

  it('closes a whole outline, and leaves a gap beside a task without a score', () => {
    const scale = { low: 0, high: 10 }
    const middle = { x: 0, y: 0 }
    expect(radarPath([10, 5, 10, 10], scale, 100, middle)).toBe(
      'M0.00 -100.00L50.00 0.00L0.00 100.00L-100.00 0.00Z',
    )
    expect(radarPath([10, null, 10, 10], scale, 100, middle)).toBe(
      'M0.00 100.00L-100.00 0.00M-100.00 0.00L0.00 -100.00',
    )
  })
})
