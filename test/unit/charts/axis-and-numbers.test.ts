import { expect, test } from 'vitest'
import { digitsOf, roundStep } from '../../../src/renderer/charts/round-step.ts'
import { spreadLabels } from '../../../src/renderer/charts/spread-labels.ts'
import { fixed, signed } from '../../../src/renderer/components/numbers.ts'
import { verticalScale } from '../../../src/renderer/results/vertical-scale.ts'
import { scoreStrings } from '../../../src/renderer/strings/scores.ts'

test('a gain reads the same whichever way it was computed', () => {
  expect(signed(100 * (0.53575 - 0.42425))).toBe('+11.2')
  expect(signed(53.575 - 42.425)).toBe('+11.2')
  expect(scoreStrings.both(0.53575, 0.53575 - 0.42425, 'sampled')).toBe('53.6, +11.2 pts')
  expect(scoreStrings.both(1.2, null, 'nll')).toBe('1.200 nats')
})

test('what is shown as zero has no sign', () => {
  expect([fixed(-0.001, 2), signed(0.04), signed(-0.04), signed(0)]).toEqual(['0.00', '0.0', '0.0', '0.0'])
  expect([fixed(-0.5, 1), signed(-1.25, 2), signed(0.06)]).toEqual(['−0.5', '−1.25', '+0.1'])
})

test('every tick of an axis shows its whole value', () => {
  expect([0.25, 0.5, 0.1, 2, 1e-3].map((step) => digitsOf(step))).toEqual([2, 1, 1, 0, 3])
  expect([0.03, 0.7, 3, 12].map((rough) => roundStep(rough))).toEqual([0.05, 1, 5, 20])
})

test('scores that are all the same have room above and below', () => {
  const scale = verticalScale([{ iteration: -1, mean: 74, low: null, high: null }], 10, 110)
  expect(scale.ticks.at(-1)!).toBeGreaterThan(74)
  expect(scale.y(74)).toBeGreaterThan(10)
  expect(scale.y(74)).toBeLessThan(110)
})

test('labels that want the same place stand apart, in the order of their lines', () => {
  expect(spreadLabels([50, 48, 10], 14)).toEqual([62, 48, 10])
})
