import { expect, test } from 'vitest'
import { axisWidth } from '../../../src/renderer/charts/axis-width.ts'

test('an axis has room for its widest label, and charts whose labels are short stand in line', () => {
  expect(axisWidth(['0.0', '0.5'], 8, 40)).toBe(40)
  expect(axisWidth(['−0.05', '0.00'], 8, 40)).toBe(40)
  expect(axisWidth(['0', '−0.005'], 8, 40)).toBeGreaterThan(44)
  expect(axisWidth(['100,000'], 8, 40)).toBeGreaterThan(axisWidth(['10,000'], 8, 40))
  expect(axisWidth([], 8, 40)).toBe(40)
})
