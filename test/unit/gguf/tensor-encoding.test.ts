import { describe, expect, it } from 'vitest'
import { encodeTensor, tensorBytes } from '../../../src/engine/model/gguf/tensor-encoding.ts'

const f32 = (...values: number[]): Float32Array => Float32Array.from(values)
const bytesOf = (values: Float32Array, type: 'f32' | 'f16' | 'q8_0'): Buffer =>
  Buffer.from(encodeTensor('w', values, type))

describe('f16', () => {
  it('rounds to the nearest, ties to the even', () => {
    const bytes = bytesOf(f32(1, 1 + 2 ** -11, 1 + 3 * 2 ** -11, -2, 65504, 2 ** -24, 2 ** -26), 'f16')
    const halves = Array.from({ length: 7 }, (_, i) => bytes.readUInt16LE(2 * i))
    expect(halves).toEqual([0x3c00, 0x3c00, 0x3c02, 0xc000, 0x7bff, 0x0001, 0x0000])
  })

  it('refuses what does not fit, naming tensor and number', () => {
    expect(() => bytesOf(f32(1, 65520), 'f16')).toThrow(/"w" holds 65520, which does not fit f16/)
    expect(bytesOf(f32(65519), 'f16').readUInt16LE()).toBe(0x7bff)
  })
})

describe('q8_0', () => {
  it('is a scale of max / 127 and 32 rounded bytes, halves away from zero', () => {
    const values = new Float32Array(32)
    values.set([127, -127, 63.5, -63.5, 0.5, -0.5, 0.49, -1.51, 3])
    const bytes = bytesOf(values, 'q8_0')
    expect(bytes.length).toBe(34)
    expect(bytes.readUInt16LE(0)).toBe(0x3c00)
    expect([...new Int8Array(bytes.buffer, bytes.byteOffset + 2, 10)]).toEqual([
      127, -127, 64, -64, 1, -1, 0, -2, 3, 0,
    ])
  })

  it('gives every block its own scale, and zeros the scale 0', () => {
    const values = new Float32Array(96)
    values[0] = 254
    values[32] = -0.25
    const bytes = bytesOf(values, 'q8_0')
    expect([bytes.readUInt16LE(0), bytes.readInt8(2)]).toEqual([0x4000, 127])
    // 0.25 / 127 = 0.0019685: f16 0x1808 is 0.00196838.
    expect([bytes.readUInt16LE(34), bytes.readInt8(36)]).toEqual([0x1808, -127])
    expect(bytes.subarray(68).every((byte) => byte === 0)).toBe(true)
  })

  it('refuses numbers whose scale does not fit', () => {
    const values = new Float32Array(32).fill(1e7)
    expect(() => bytesOf(values, 'q8_0')).toThrow(/does not fit q8_0/)
  })
})

it.each(['f32', 'f16', 'q8_0'] as const)('%s: NaN and infinity are refused', (type) => {
  for (const bad of [NaN, Infinity, -Infinity]) {
    const values = new Float32Array(32)
    values[7] = bad
    expect(() => bytesOf(values, type)).toThrow(/"w" holds (NaN|-?Infinity)/)
  }
})

it('knows sizes before anything is encoded', () => {
  for (const type of ['f32', 'f16', 'q8_0'] as const)
    expect(tensorBytes(type, 96)).toBe(bytesOf(new Float32Array(96), type).length)
})
