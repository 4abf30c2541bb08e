import * as t from '../../tensor/build.ts'
import type { Graph, Value } from '../../tensor/graph.ts'
import { nf4Levels } from '../../tensor/quantized-codes.ts'
import { packWords, unpackWords, wordsFor } from './packed-words.ts'
import { blockSize, int8Levels, type QuantizedMatrix } from './quantized-matrix.ts'

/**
 * A quantized matrix as the programs of a device unpack it: its codes in words (rows padded to whole blocks) and its scales. The
 * numbers are those of `dequantize` to the last bit: one level times one scale, in float32.
 */

const blocksOf = (input: number): number => Math.ceil(input / blockSize)

/** The codes as words. */
export function packMatrix({ bits, out, input, codes }: QuantizedMatrix): Int32Array {
  const width = blocksOf(input) * blockSize
  const codeAt = (row: number, column: number): number => {
    if (column >= input) return 0
    if (bits === 8) return codes[row * input + column]! + 127
    const byte = codes[row * Math.ceil(input / 2) + (column >> 1)]!
    return column % 2 === 0 ? byte >> 4 : byte & 15
  }
  return packWords(bits, out * width, (i) => codeAt(Math.floor(i / width), i % width))
}

/** Names of a packed matrix's two inputs. */
export const packedNames = (weight: string): { codes: string; scales: string } => ({
  codes: `${weight} codes`,
  scales: `${weight} scales`,
})

/** Sizes of the two inputs. */
export const packedShapes = ({
  bits,
  out,
  input,
}: Pick<QuantizedMatrix, 'bits' | 'out' | 'input'>): { codes: number[]; scales: number[] } => ({
  codes: [wordsFor(bits, out * blocksOf(input) * blockSize), 1],
  scales: [out * blocksOf(input), 1],
})

/** The matrix [out, in] from its two inputs. */
export function unpackedMatrix(
  graph: Graph,
  weight: string,
  bits: 8 | 4,
  [out, input]: readonly [number, number],
): Value {
  const names = packedNames(weight)
  const shapes = packedShapes({ bits, out, input })
  const blocks = blocksOf(input)
  const levels = bits === 8 ? int8Levels : nf4Levels
  const table = graph.constant(levels, 'f32', [levels.length, 1])
  const codes = unpackWords(graph.input(names.codes, 'i32', shapes.codes), bits)
  const numbers = t.slice(t.gatherRows(table, codes), 0, 0, out * blocks * blockSize)
  const scales = graph.input(names.scales, 'f32', shapes.scales)
  const scaled = t.mul(t.reshape(numbers, [out * blocks, blockSize]), scales)
  return t.slice(t.reshape(scaled, [out, blocks * blockSize]), 1, 0, input)
}
