/** A 64-bit ELF file that names what it needs, and nothing else: no loader would take it, a reader of its entries does. */
export function elfFile(needed: readonly string[]): Buffer {
  const names = Buffer.from(`\0${needed.map((name) => `${name}\0`).join('')}`)
  const entries: [number, number][] = []
  let at = 1
  for (const name of needed) {
    entries.push([1, at])
    at += name.length + 1
  }
  const base = 0x10000 // addresses differ from places in the file, as linkers make them
  const stringsAt = 64 + 2 * 56
  entries.push([5, base + stringsAt], [10, names.length], [0, 0])
  const dynamic = Buffer.concat(entries.map(([tag, value]) => numbers64(tag, value)))
  const dynamicAt = stringsAt + names.length
  const header = Buffer.alloc(64)
  header.write('\x7fELF\x02\x01\x01', 'latin1')
  header.writeBigUInt64LE(64n, 32) // where program headers begin
  header.writeUInt16LE(56, 54)
  header.writeUInt16LE(2, 56)
  return Buffer.concat([
    header,
    segment(1, 0, base, dynamicAt + dynamic.length),
    segment(2, dynamicAt, base + dynamicAt, dynamic.length),
    names,
    dynamic,
  ])
}

function segment(kind: number, offset: number, address: number, size: number): Buffer {
  const bytes = Buffer.alloc(56)
  bytes.writeUInt32LE(kind, 0)
  numbers64(offset, address, 0, size, size).copy(bytes, 8)
  return bytes
}

const numbers64 = (...values: number[]): Buffer => Buffer.from(BigUint64Array.from(values, BigInt).buffer)
