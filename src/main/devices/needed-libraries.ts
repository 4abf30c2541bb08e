import { closeSync, openSync, readSync } from 'node:fs'

/**
 * The libraries that a shared library of Linux names as needed (DT_NEEDED of its dynamic section), in its order; null where the
 * file is no 64-bit little-endian ELF file or ends early. Nothing is loaded: a few kilobytes are read, whatever the file's
 * size. Layout: the System V ABI's "Program Header" and "Dynamic Section".
 */
export function neededLibraries(path: string): string[] | null {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    return null
  }
  try {
    return readNeeded(file)
  } catch (error) {
    if (error instanceof RangeError) return null // a number that no such file has
    throw error
  } finally {
    closeSync(file)
  }
}

const program = { load: 1, dynamic: 2 } as const
const tag = { end: 0, needed: 1, strings: 5 } as const
/** Far above what linkers write, far below what would hurt. */
const mostBytes = 1024 * 1024
const longestName = 256

interface Segment {
  kind: number
  offset: number
  address: number
  size: number
}

function readNeeded(file: number): string[] | null {
  const header = bytesAt(file, 0, 64)
  if (header.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') return null
  const segments = readSegments(file, header)
  const dynamic = segments.find(({ kind }) => kind === program.dynamic)
  if (dynamic === undefined) return []
  const entries = bytesAt(file, dynamic.offset, dynamic.size)
  const needed: number[] = []
  let address: number | undefined // of the names
  for (let at = 0; at + 16 <= entries.length; at += 16) {
    const found = number64(entries, at)
    if (found === tag.end) break
    if (found === tag.needed) needed.push(number64(entries, at + 8))
    if (found === tag.strings) address = number64(entries, at + 8)
  }
  const home = segments.find(
    ({ kind, address: start, size }) =>
      kind === program.load && address !== undefined && address >= start && address < start + size,
  )
  if (address === undefined || home === undefined) return needed.length === 0 ? [] : null
  const strings = address - home.address + home.offset
  return needed.map((start) => nameAt(file, strings + start))
}

function readSegments(file: number, header: Buffer): Segment[] {
  const size = header.readUInt16LE(54)
  const count = header.readUInt16LE(56)
  if (size < 56) throw new RangeError(`a program header of ${size} bytes`)
  const table = bytesAt(file, number64(header, 32), size * count)
  return Array.from({ length: count }, (_, i) => ({
    kind: table.readUInt32LE(i * size),
    offset: number64(table, i * size + 8),
    address: number64(table, i * size + 16),
    size: number64(table, i * size + 32), // in the file
  }))
}

// As numbers, values above 2^53 lose their last bits: they stay far from all that is asked for here.
const number64 = (bytes: Buffer, at: number): number => Number(bytes.readBigUInt64LE(at))

function nameAt(file: number, offset: number): string {
  const bytes = Buffer.alloc(longestName)
  const read = readSync(file, bytes, 0, longestName, placeIn(offset))
  const end = bytes.subarray(0, read).indexOf(0)
  if (end < 0) throw new RangeError(`a name at ${offset} has no end`)
  return bytes.toString('latin1', 0, end)
}

function bytesAt(file: number, offset: number, size: number): Buffer {
  if (size > mostBytes) throw new RangeError(`${size} bytes`)
  const bytes = Buffer.alloc(size)
  if (readSync(file, bytes, 0, size, placeIn(offset)) < size) throw new RangeError('the file ends early')
  return bytes
}

function placeIn(offset: number): number {
  if (!Number.isSafeInteger(offset)) throw new RangeError(`a place at ${offset}`)
  return offset
}
