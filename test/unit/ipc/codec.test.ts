import { describe, expect, it } from 'vitest'
import { decode, encode } from '../../../src/ipc/codec.ts'

describe('codec', () => {
  it.each([
    ['nested values', { a: [1, 'two', null, true, { b: [] }], c: { d: -1.5e300 } }],
    ['text outside ASCII', { text: 'žluťoučký 🐎 \u0000 \u2028 "quoted" \\u0001' }],
    [
      'strings that look like marks',
      ['\u0001', '\u0001n', '\u0001b0', '\u0001s\u0001s', { '\u0001k': '\u0001' }],
    ],
    ['numbers that JSON loses', [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1]],
    ['a bare value', 'x'],
    ['null', null],
  ])('returns %s as they were', (_name, value) => {
    expect(decode(encode(value))).toEqual(value)
  })

  it.each([
    new Uint8Array([1, 2, 255]),
    new Int8Array([-1]),
    new Uint8ClampedArray([9]),
    new Int16Array([-300]),
    new Uint16Array([65535, 1]),
    new Int32Array([-1, 7]),
    new Uint32Array([4_000_000_000]),
    new Float32Array([1.5, Number.NaN, -0]),
    new Float64Array([Math.PI]),
    new BigInt64Array([-5n]),
    new BigUint64Array([5n]),
    new Float32Array(0),
  ])('carries a typed array of its own type and bytes (%#)', (array) => {
    const back = decode(encode({ before: 'x', array, after: [array] })) as {
      array: typeof array
      after: unknown[]
    }
    expect(back.array).toStrictEqual(array)
    expect(back.after[0]).toStrictEqual(array)
  })

  it('carries a part of a buffer without the rest, and a Buffer as Uint8Array', () => {
    const whole = new Float32Array([1, 2, 3, 4])
    expect(decode(encode(whole.subarray(1, 3)))).toStrictEqual(new Float32Array([2, 3]))
    expect(decode(encode(Buffer.from('ab')))).toStrictEqual(new Uint8Array([97, 98]))
  })

  it('reads from any position in a larger buffer and shares no memory with it', () => {
    const bytes = encode({ v: new Float64Array([1, 2]) })
    const shifted = new Uint8Array(bytes.length + 3)
    shifted.set(bytes, 3)
    const back = decode(shifted.subarray(3)) as { v: Float64Array }
    shifted.fill(0)
    expect(back.v).toStrictEqual(new Float64Array([1, 2]))
  })

  it.each([
    ['a bigint', 1n],
    ['a Map', new Map()],
    ['an ArrayBuffer', new ArrayBuffer(2)],
    ['a function', () => 1],
    ['undefined alone', undefined],
  ])('refuses %s instead of losing it', (_name, value) => {
    expect(() => encode(value)).toThrow(TypeError)
  })

  it('refuses every cut and every unknown segment type', () => {
    const bytes = encode({ v: new Uint16Array([1, 2, 3]) })
    // A cut exactly before the segment leaves a mark without its segment.
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decode(bytes.slice(0, length)), `cut at ${length}`).toThrow(
        /bytes|ends inside|Unknown mark/,
      )
    }
    const wrong = bytes.slice()
    wrong[bytes.length - 6 - 5] = 99
    expect(() => decode(wrong)).toThrow(/Unknown binary segment type 99/)
  })
})
