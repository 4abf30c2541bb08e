import { expect, test } from 'vitest'
import { packBytes, unpackBytes } from '../../../src/engine/training/packed-bytes.ts'

test.each([0, 1, 2, 3, 255, 256])('%d bytes come back, through floats that a file takes', (length) => {
  const bytes = Uint8Array.from({ length }, (_, i) => 255 - i)
  const packed = packBytes(bytes)
  expect(packed.every(Number.isInteger)).toBe(true)
  expect(packed).toHaveLength(Math.ceil(length / 3))
  expect(unpackBytes(packed, length)).toEqual(bytes)
})
