import { readFileSync } from 'node:fs'

/** A reader of GGUF files after the format's description (ggml/docs/gguf.md), sharing nothing with the writer. */
export interface ReadTensor {
  name: string
  /** Innermost side first, as stored. */
  sides: number[]
  typeId: number
  /** From the start of the file. */
  begin: number
  bytes: Uint8Array
}

export interface ReadGguf {
  version: number
  metadata: Map<string, { typeId: number; itemTypeId?: number; value: unknown }>
  tensors: Map<string, ReadTensor>
  dataStart: number
  fileBytes: number
}

export function readGguf(path: string): ReadGguf {
  const file = readFileSync(path)
  let at = 0
  const take = (count: number): Buffer => {
    if (at + count > file.length) throw new Error(`the file ends at ${file.length}; wanted ${at + count}`)
    at += count
    return file.subarray(at - count, at)
  }
  const uint32 = (): number => take(4).readUInt32LE()
  const uint64 = (): number => Number(take(8).readBigUInt64LE())
  const string = (): string => take(uint64()).toString('utf8')
  const scalars: Record<number, () => unknown> = {
    4: uint32,
    5: () => take(4).readInt32LE(),
    6: () => take(4).readFloatLE(),
    7: () => take(1).readUInt8() === 1,
    8: string,
  }
  const scalar = (typeId: number): unknown => {
    const read = scalars[typeId]
    if (!read) throw new Error(`value type ${typeId}`)
    return read()
  }
  if (take(4).toString('latin1') !== 'GGUF') throw new Error('no magic')
  const version = uint32()
  const tensorCount = uint64()
  const keyCount = uint64()
  const metadata: ReadGguf['metadata'] = new Map()
  for (let i = 0; i < keyCount; i++) {
    const key = string()
    const typeId = uint32()
    if (metadata.has(key)) throw new Error(`${key} twice`)
    if (typeId !== 9) {
      metadata.set(key, { typeId, value: scalar(typeId) })
      continue
    }
    const itemTypeId = uint32()
    const items = Array.from({ length: uint64() }, () => scalar(itemTypeId))
    metadata.set(key, { typeId, itemTypeId, value: items })
  }
  const entries = Array.from({ length: tensorCount }, () => ({
    name: string(),
    sides: Array.from({ length: uint32() }, uint64),
    typeId: uint32(),
    offset: uint64(),
  }))
  const dataStart = Math.ceil(at / 32) * 32
  const tensors = new Map<string, ReadTensor>()
  for (const { name, sides, typeId, offset } of entries) {
    const elements = sides.reduce((product, side) => product * side, 1)
    const size = typeId === 8 ? (elements / 32) * 34 : elements * (typeId === 0 ? 4 : 2)
    const begin = dataStart + offset
    if (begin + size > file.length) throw new Error(`${name} ends outside the file`)
    tensors.set(name, { name, sides, typeId, begin, bytes: file.subarray(begin, begin + size) })
  }
  return { version, metadata, tensors, dataStart, fileBytes: file.length }
}

export function tensorValues({ typeId, bytes }: ReadTensor): number[] {
  const data = Buffer.from(bytes)
  if (typeId === 0) return Array.from({ length: data.length / 4 }, (_, i) => data.readFloatLE(4 * i))
  if (typeId === 1)
    return Array.from({ length: data.length / 2 }, (_, i) => halfValue(data.readUInt16LE(2 * i)))
  return Array.from({ length: data.length / 34 }, (_, block) => {
    const scale = halfValue(data.readUInt16LE(34 * block))
    return Array.from({ length: 32 }, (_unused, i) => scale * data.readInt8(34 * block + 2 + i))
  }).flat()
}

function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const mantissa = bits & 1023
  if (exponent === 31) return mantissa ? NaN : sign * Infinity
  return sign * (exponent === 0 ? mantissa * 2 ** -24 : (1024 + mantissa) * 2 ** (exponent - 25))
}
