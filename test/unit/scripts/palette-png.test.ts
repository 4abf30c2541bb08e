import { crc32, deflateSync, inflateSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { inPalette } from '../../../scripts/palette-png.ts'

const chunk = (type: string, data: Buffer): Buffer => {
  const named = Buffer.concat([Buffer.from(type), data])
  const ends = Buffer.alloc(8)
  ends.writeUInt32BE(data.length, 0)
  ends.writeUInt32BE(crc32(named), 4)
  return Buffer.concat([ends.subarray(0, 4), named, ends.subarray(4)])
}

/** `rows`: each its filter, then the filtered bytes. */
function png(width: number, channels: 3 | 4, rows: number[][], bits = 8): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(rows.length, 4)
  header.set([bits, channels === 4 ? 6 : 2], 8)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.from(rows.flat()))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** Rows of [r, g, b]. */
function read(palettePng: Buffer): number[][][] {
  const parts: Record<string, Buffer> = {}
  for (let at = 8; at < palettePng.length;) {
    const length = palettePng.readUInt32BE(at)
    const named = palettePng.subarray(at + 4, at + 8 + length)
    expect(palettePng.readUInt32BE(at + 8 + length)).toBe(crc32(named))
    parts[named.toString('latin1', 0, 4)] = named.subarray(4)
    at += length + 12
  }
  const { IHDR, PLTE, IDAT } = parts as { IHDR: Buffer; PLTE: Buffer; IDAT: Buffer }
  const width = IHDR.readUInt32BE(0)
  const bytes = inflateSync(IDAT)
  return Array.from({ length: IHDR.readUInt32BE(4) }, (_row, y) =>
    Array.from({ length: width }, (_pixel, x) => {
      const at = 3 * bytes[y * (width + 1) + 1 + x]!
      return [...PLTE.subarray(at, at + 3)]
    }),
  )
}

it('keeps every pixel of a picture of few colours, whatever filter its rows have', () => {
  const red = [200, 0, 0]
  const blue = [0, 0, 200]
  const rows = [
    [0, ...red, ...blue],
    [1, ...red, 56, 0, 200], // blue − red
    [2, 0, 0, 0, 0, 0, 0], // as above
    [3, 100, 0, 0, 156, 0, 100], // less the mean of left and above
    [4, 0, 0, 0, 0, 0, 0],
  ]
  expect(read(inPalette(png(2, 3, rows)))).toEqual(Array.from({ length: 5 }, () => [red, blue]))
})

it('drops transparency, and gives nearly equal colours one place', () => {
  const rows = [[0, 10, 10, 10, 255, 10, 10, 11, 255, 90, 90, 90, 255]]
  expect(read(inPalette(png(3, 4, rows)))).toEqual([
    [
      [10, 10, 10],
      [10, 10, 10],
      [90, 90, 90],
    ],
  ])
})

it('refuses a picture of other bits by saying what it expected', () => {
  expect(() => inPalette(png(1, 3, [[0, 0, 0, 0, 0, 0, 0]], 16))).toThrow('8 bits a channel')
})
