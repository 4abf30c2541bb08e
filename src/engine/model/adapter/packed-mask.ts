import * as t from '../../tensor/build.ts'
import type { Graph, Value } from '../../tensor/graph.ts'
import { sizeOf } from '../../tensor/shape-rules.ts'
import { packWords, unpackWords, wordsFor } from './packed-words.ts'

/** All 256 bytes as their bits, the highest first [256,8]. */
const bitsOfBytes = Float32Array.from({ length: 256 * 8 }, (_, i) => ((i >> 3) >> (7 - (i & 7))) & 1)

const bytesFor = (numbers: number): number => Math.ceil(numbers / 8)

/** A dropout mask of 0 and 1 for a device: a sixth of the bytes, since 24 of them share 4. */
export const packMask = (mask: Uint8Array): Int32Array =>
  packWords(8, bytesFor(mask.length), (at) => {
    let byte = 0
    for (let i = 8 * at; i < 8 * at + 8; i++) byte = (byte << 1) | (mask[i] ?? 0)
    return byte
  })

/** The mask from its input, 0 or 1 in float32. */
export function unpackedMask(graph: Graph, name: string, shape: readonly number[]): Value {
  const count = sizeOf(shape)
  const words = graph.input(name, 'i32', [wordsFor(8, bytesFor(count)), 1])
  const table = graph.constant(bitsOfBytes, 'f32', [256, 8])
  const bits = t.gatherRows(table, unpackWords(words, 8)) // [bytes, 8]
  return t.reshape(t.slice(t.reshape(bits, [sizeOf(bits.shape)]), 0, 0, count), shape)
}
