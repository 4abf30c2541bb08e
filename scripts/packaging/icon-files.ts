export interface IconImage {
  /** Pixels a side. */
  size: number
  png: Uint8Array
}

/** Windows: a directory of PNG files (Vista and later). A side of 256 is written as 0. */
export function icoFile(images: readonly IconImage[]): Buffer {
  const headBytes = 6
  const entryBytes = 16
  const head = Buffer.alloc(headBytes + entryBytes * images.length)
  head.writeUInt16LE(1, 2) // an icon, not a cursor
  head.writeUInt16LE(images.length, 4)
  let offset = head.length
  images.forEach(({ size, png }, i) => {
    const at = headBytes + i * entryBytes
    head.writeUInt8(size % 256, at)
    head.writeUInt8(size % 256, at + 1)
    head.writeUInt16LE(1, at + 4) // planes
    head.writeUInt16LE(32, at + 6) // bits a pixel
    head.writeUInt32LE(png.length, at + 8)
    head.writeUInt32LE(offset, at + 12)
    offset += png.length
  })
  return Buffer.concat([head, ...images.map(({ png }) => png)])
}

/** Apple's names of the PNG entries; the second of a size is the doubled one for dense screens. */
const icnsTypes: readonly (readonly [type: string, size: number])[] = [
  ['icp4', 16],
  ['icp5', 32],
  ['ic11', 32],
  ['ic12', 64],
  ['ic07', 128],
  ['ic08', 256],
  ['ic13', 256],
  ['ic09', 512],
  ['ic14', 512],
  ['ic10', 1024],
]

/** macOS: big-endian chunks of type, length (with its own 8 bytes) and PNG. */
export function icnsFile(images: readonly IconImage[]): Buffer {
  const chunks = icnsTypes.map(([type, size]) => {
    const image = images.find((candidate) => candidate.size === size)
    if (!image) throw new Error(`An .icns file needs a PNG of ${size} px, found none.`)
    return chunk(type, image.png)
  })
  return chunk('icns', Buffer.concat(chunks))
}

function chunk(type: string, body: Uint8Array): Buffer {
  const head = Buffer.alloc(8)
  head.write(type, 0, 'latin1')
  head.writeUInt32BE(head.length + body.length, 4)
  return Buffer.concat([head, body])
}
