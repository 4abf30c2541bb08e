import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { icnsFile, icoFile } from '../../../scripts/packaging/icon-files.ts'

const icon = (name: string): Buffer =>
  readFileSync(fileURLToPath(new URL(`../../../resources/icons/${name}`, import.meta.url)))
const pngHead = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/** Pixels a side of a square PNG, from its header. */
function pngSide(png: Buffer): number {
  expect(png.subarray(0, 8)).toEqual(pngHead)
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)]
  expect(width).toBe(height)
  return width
}

describe('the icons', () => {
  it('are PNG files of the sizes that their names say', () => {
    for (const size of [16, 24, 32, 48, 64, 128, 256, 512, 1024])
      expect(pngSide(icon(`png/${size}x${size}.png`))).toBe(size)
  })

  it('are in one file for Windows, whose directory points at each of them', () => {
    const ico = icon('icon.ico')
    expect([ico.readUInt16LE(0), ico.readUInt16LE(2)]).toEqual([0, 1])
    const sides = Array.from({ length: ico.readUInt16LE(4) }, (_, i) => {
      const at = 6 + 16 * i
      const [bytes, offset] = [ico.readUInt32LE(at + 8), ico.readUInt32LE(at + 12)]
      const side = pngSide(ico.subarray(offset, offset + bytes))
      expect(ico.readUInt8(at) || 256).toBe(side)
      return side
    })
    expect(sides).toEqual([16, 24, 32, 48, 64, 128, 256])
  })

  it('are in one file for macOS, whose chunks fill it to the last byte', () => {
    const icns = icon('icon.icns')
    expect(icns.toString('latin1', 0, 4)).toBe('icns')
    expect(icns.readUInt32BE(4)).toBe(icns.length)
    const found: [string, number][] = []
    for (let at = 8; at < icns.length; at += icns.readUInt32BE(at + 4))
      found.push([icns.toString('latin1', at, at + 4), pngSide(icns.subarray(at + 8))])
    expect(Object.fromEntries(found)).toMatchObject({
      ic07: 128,
      ic08: 256,
      ic09: 512,
      ic10: 1024,
      ic14: 512,
    })
  })

  it('are refused without a size that macOS wants, and written as given otherwise', () => {
    const png = icon('png/16x16.png')
    expect(() => icnsFile([{ size: 16, png }])).toThrow('32 px')
    expect(icoFile([{ size: 16, png }]).subarray(22)).toEqual(png)
  })
})
