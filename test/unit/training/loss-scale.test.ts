import { expect, test } from 'vitest'
import {
  afterStep,
  initialLossScale,
  isSkipped,
  type LossScale,
} from '../../../src/engine/training/loss-scale.ts'

const after = (state: LossScale, ...steps: boolean[]): LossScale => steps.reduce(afterStep, state)
const good = (count: number): boolean[] => Array.from({ length: count }, () => true)

test('begins at 65,536', () => {
  expect(initialLossScale()).toEqual({ scale: 65536, goodSteps: 0, skipped: 0, skippedInRow: 0 })
})

test('doubles after 2,000 good steps in a row, and again after 2,000 more', () => {
  expect(after(initialLossScale(), ...good(1999)).scale).toBe(65536)
  expect(after(initialLossScale(), ...good(2000))).toMatchObject({ scale: 131072, goodSteps: 0 })
  expect(after(initialLossScale(), ...good(4000)).scale).toBe(262144)
})

test('is halved by each step that overflows, and counts good steps anew', () => {
  const state = after(initialLossScale(), ...good(1500), false, false)
  expect(state).toEqual({ scale: 16384, goodSteps: 0, skipped: 2, skippedInRow: 2 })
  expect(isSkipped(state)).toBe(true)
  const later = after(state, ...good(1999))
  expect(later).toEqual({ scale: 16384, goodSteps: 1999, skipped: 2, skippedInRow: 0 })
  expect(isSkipped(later)).toBe(false)
  expect(after(later, true).scale).toBe(32768)
})
