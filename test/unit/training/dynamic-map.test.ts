import { describe, expect, test } from 'vitest'
import { blockSize, encodeBlock, signedMap, unsignedMap } from '../../../src/engine/training/dynamic-map.ts'

describe.each([
  ['signed', signedMap],
  ['unsigned', unsignedMap],
] as const)('the %s map', (name, map) => {
  const { values } = map

  test('has 256 ascending values with 0 and 1 among them', () => {
    expect(values).toHaveLength(256)
    for (let code = 1; code < 256; code++) expect(values[code]).toBeGreaterThan(values[code - 1]!)
    expect([values.includes(0), values[255]]).toEqual([true, 1])
  })

  test('every number gets the nearest value', () => {
    const tried = Float64Array.from({ length: blockSize }, (_, i) => {
      const size = 10 ** ((-6.4 * ((i * 37) % 256)) / 255)
      return (name === 'signed' && i % 2 === 1 ? -size : size) * (1 - i / 4096)
    })
    const codes = new Uint8Array(blockSize)
    encodeBlock(map, tried, blockSize, 1, codes, 0)
    tried.forEach((x, i) => {
      const distance = Math.min(...values.map((value) => Math.abs(value - x)))
      // x is rounded by at most 2⁻¹⁰ of itself before it is looked up.
      expect(Math.abs(values[codes[i]!]! - x)).toBeLessThanOrEqual(distance + 2 ** -9 * Math.abs(x))
    })
  })

  test('seven decades, each with half the linear steps of the one above', () => {
    for (let decade = 0; decade < 7; decade++) {
      const halfStep = (0.45 / 2 ** ((name === 'signed' ? 6 : 7) - decade)) * 10 ** -decade
      for (let tenth = 1.5; tenth < 10; tenth += 0.5) {
        const x = tenth * 10 ** -(decade + 1)
        const distance = Math.min(...values.map((value) => Math.abs(value - x)))
        expect(distance).toBeLessThanOrEqual(halfStep + 1e-7 * x) // float32 values
      }
    }
  })
})

test('the published values at the ends: ±0.993, and 5.5e-7 beside 0', () => {
  expect(signedMap.values[0]).toBeCloseTo(-0.99296875, 7)
  expect(signedMap.values[128]! / 5.5e-7).toBeCloseTo(1, 6)
  expect(unsignedMap.values[254]).toBeCloseTo(0.996484375, 7)
  expect(unsignedMap.values[1]! / 3.25e-7).toBeCloseTo(1, 6)
})

test('a block of zeros stays zero; a second moment above 0 never becomes 0', () => {
  const codes = new Uint8Array(4).fill(9)
  encodeBlock(unsignedMap, Float64Array.of(0, 0), 2, 0, codes, 0)
  expect([unsignedMap.values[codes[0]!], unsignedMap.values[codes[1]!]]).toEqual([0, 0])
  encodeBlock(unsignedMap, Float64Array.of(1, 1e-12), 2, 1, codes, 2)
  expect(codes[3]).toBe(1)
})
