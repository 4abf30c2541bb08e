import { describe, expect, test } from 'vitest'
import { dequantize, quantize, quantizedBytes } from '../../../src/engine/model/adapter/quantized-matrix.ts'
import { normals } from '../tensor/normals.ts'

const round = (data: Float32Array, size: [number, number], form: 'int8' | 'int4') =>
  dequantize(quantize(data, size, form), new Float32Array(data.length))
const relative = (a: Float32Array, b: Float32Array) =>
  Math.hypot(...a.map((x, i) => x - b[i]!)) / Math.hypot(...b)

describe.each([
  // The error of the method on normal numbers, not of this code: QLoRA's NF4 and symmetric int8 in blocks of 64.
  ['int8', 0.006, 1.0625],
  ['int4', 0.092, 0.5625],
] as const)('%s', (form, error, bytes) => {
  test.each([
    [48, 128],
    [7, 64],
    [5, 100],
    [3, 33],
    [2, 1],
  ])('[%i, %i]: as near as the method comes, and quantizing again changes nothing', (out, input) => {
    const data = Float32Array.from(normals(out * input, out * 1000 + input))
    const once = round(data, [out, input], form)
    if (out * input > 400) expect(relative(once, data)).toBeLessThan(1.1 * error)
    expect(round(once, [out, input], form)).toEqual(once)
    // The largest number of every block is kept.
    const first = data.subarray(0, Math.min(64, input))
    const at = first.indexOf(first.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a)))
    expect(Math.abs(once[at]! / data[at]! - 1)).toBeLessThan(1e-6)
  })

  test('bytes a number, scales included', () => {
    expect(quantizedBytes(quantize(new Float32Array(64 * 64), [64, 64], form)) / 4096).toBe(bytes)
  })

  test('zeros stay zeros; a block of zeros beside another too', () => {
    const data = new Float32Array(128)
    data[70] = 3
    expect(round(data, [1, 128], form)).toEqual(data)
  })
})

test('NF4 of a block by hand: the nearest levels, the first number in the high half of a byte', () => {
  const { codes, scales } = quantize(Float32Array.of(2, -2, 0, 0.18), [1, 4], 'int4')
  expect(scales).toEqual(Float32Array.of(2))
  expect(codes).toEqual(Uint8Array.of((15 << 4) | 0, (7 << 4) | 8)) // 0.18 / 2 = 0.09: level 8 is 0.0796
})

test('int8 of a block by hand', () => {
  const { codes, scales } = quantize(Float32Array.of(1, -2, 0.5, 0), [1, 4], 'int8')
  expect(scales).toEqual(Float32Array.of(2 / 127))
  expect(codes).toEqual(Int8Array.of(64, -127, 32, 0)) // 63.5 and 31.75
})
