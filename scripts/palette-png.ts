import { crc32, deflateSync, inflateSync } from 'node:zlib'

/** PNG (W3C, 3rd edition) in 256 colours: a third of the bytes for pictures of an interface, which are flat. */

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const mostColours = 256
/** Nearer ones share a place of the palette; squared distance of 8-bit channels, hardly seen beside text. */
const sameDistance = 12

interface Picture {
  width: number
  height: number
  /** 0xRRGGBB, row by row. */
  pixels: Uint32Array
}

/** The same picture; wants one of 8 bits a channel, as browsers write it. Transparency is dropped. */
export function inPalette(png: Buffer): Buffer {
  const { width, height, pixels } = decode(png)
  const palette = choosePalette(pixels)
  const nearest = new Map<number, number>()
  const rows = Buffer.alloc(height * (width + 1)) // a byte for the row's filter, 0 = none
  for (const [i, colour] of pixels.entries()) {
    let at = nearest.get(colour)
    if (at === undefined) nearest.set(colour, (at = nearestOf(palette, colour)))
    rows[Math.floor(i / width) * (width + 1) + 1 + (i % width)] = at
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 3, 0, 0, 0], 8) // 8 bits, palette
  const colours = Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]))
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('PLTE', colours),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** The most frequent colours that are not nearly equal. */
function choosePalette(pixels: Uint32Array): number[] {
  const counts = new Map<number, number>()
  for (const colour of pixels) counts.set(colour, (counts.get(colour) ?? 0) + 1)
  const palette: number[] = []
  for (const [colour] of [...counts].toSorted((a, b) => b[1] - a[1])) {
    if (palette.length === mostColours) break
    if (palette.every((other) => distance(other, colour) > sameDistance)) palette.push(colour)
  }
  return palette
}

function nearestOf(palette: readonly number[], colour: number): number {
  let best = 0
  for (let at = 1; at < palette.length; at++)
    if (distance(palette[at]!, colour) < distance(palette[best]!, colour)) best = at
  return best
}

const distance = (a: number, b: number): number =>
  ((a >> 16) - (b >> 16)) ** 2 + (((a >> 8) & 255) - ((b >> 8) & 255)) ** 2 + ((a & 255) - (b & 255)) ** 2

function decode(png: Buffer): Picture {
  const parts: Buffer[] = []
  let [width, height, channels] = [0, 0, 0]
  for (let at = signature.length; at < png.length;) {
    const length = png.readUInt32BE(at)
    const type = png.toString('latin1', at + 4, at + 8)
    const data = png.subarray(at + 8, at + 8 + length)
    at += length + 12
    if (type === 'IDAT') parts.push(data)
    if (type !== 'IHDR') continue
    width = data.readUInt32BE(0)
    height = data.readUInt32BE(4)
    channels = data[9] === 6 ? 4 : 3
    if (data[8] !== 8 || (data[9] !== 2 && data[9] !== 6) || data[12] !== 0)
      throw new Error(`Expected a PNG of 8 bits a channel, found ${[...data.subarray(8)].join(', ')}.`)
  }
  const bytes = unfilter(inflateSync(Buffer.concat(parts)), width * channels, channels)
  const pixels = new Uint32Array(width * height)
  for (let i = 0, at = 0; i < pixels.length; i++, at += channels)
    pixels[i] = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!
  return { width, height, pixels }
}

/** Chapter 9 of the specification. `stride`: bytes of a row. */
function unfilter(filtered: Buffer, stride: number, channels: number): Uint8Array {
  const rows = filtered.length / (stride + 1)
  const bytes = new Uint8Array(rows * stride)
  for (let row = 0; row < rows; row++) {
    const filter = filtered[row * (stride + 1)]
    for (let i = 0; i < stride; i++) {
      const at = row * stride + i
      const left = i < channels ? 0 : bytes[at - channels]!
      const up = row === 0 ? 0 : bytes[at - stride]!
      const corner = row === 0 || i < channels ? 0 : bytes[at - stride - channels]!
      const guess = [0, left, up, (left + up) >> 1, filter === 4 ? paeth(left, up, corner) : 0][filter ?? 0]!
      bytes[at] = filtered[row * (stride + 1) + 1 + i]! + guess
    }
  }
  return bytes
}

function paeth(left: number, up: number, corner: number): number {
  const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)]
  return a <= b && a <= c ? left : b <= c ? up : corner
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const bytes = Buffer.alloc(named.length + 8)
  bytes.writeUInt32BE(data.length, 0)
  named.copy(bytes, 4)
  bytes.writeUInt32BE(crc32(named), named.length + 4)
  return bytes
}
