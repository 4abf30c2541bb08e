import * as t from '../../tensor/build.ts'
import type { Graph, Value } from '../../tensor/graph.ts'
import { blockSize, int8Levels, nf4Levels, type QuantizedMatrix } from './quantized-matrix.ts'

/**
 * A quantized matrix as a program unpacks it: devices compute with 32-bit integers, so 3 codes of 8 bits or 6 of 4 share the
 * lower 24 bits of one, the first in the highest place. Rows are padded to whole blocks. The numbers are those of
 * `dequantize` to the last bit: one level times one scale, in float32.
 */
export interface PackedMatrix {
  codes: Int32Array // [words]
  scales: Float32Array // [out, blocks]
}

const perWord = { 8: 3, 4: 6 } as const

const blocksOf = (input: number): number => Math.ceil(input / blockSize)
const wordsOf = (bits: 8 | 4, out: number, input: number): number =>
  Math.ceil((out * blocksOf(input) * blockSize) / perWord[bits])

export function packMatrix({ bits, out, input, codes, scales }: QuantizedMatrix): PackedMatrix {
  const count = perWord[bits]
  const width = blocksOf(input) * blockSize
  const words = new Int32Array(wordsOf(bits, out, input))
  const codeAt = (row: number, column: number): number => {
    if (column >= input) return 0
    if (bits === 8) return codes[row * input + column]! + 127
    const byte = codes[row * Math.ceil(input / 2) + (column >> 1)]!
    return column % 2 === 0 ? byte >> 4 : byte & 15
  }
  for (let row = 0; row < out; row++) {
    for (let column = 0; column < width; column++) {
      const at = row * width + column
      words[Math.floor(at / count)]! |= codeAt(row, column) << (bits * (count - 1 - (at % count)))
    }
  }
  return { codes: words, scales }
}

/** Names of a packed matrix's two inputs. */
export const packedNames = (weight: string): { codes: string; scales: string } => ({
  codes: `${weight} codes`,
  scales: `${weight} scales`,
})

/** The matrix [out, in] from its two inputs. */
export function unpackedInput(
  graph: Graph,
  weight: string,
  bits: 8 | 4,
  [out, input]: readonly number[],
): Value {
  const { codes, scales } = packedNames(weight)
  const count = perWord[bits]
  const words = wordsOf(bits, out!, input!)
  const blocks = blocksOf(input!)
  const whole = (value: number) => graph.scalar(value, 'i32')
  let rest = graph.input(codes, 'i32', [words, 1])
  const parts: Value[] = []
  for (let place = count - 1; place >= 0; place--) {
    const base = whole(2 ** (bits * place))
    const part = place === 0 ? rest : t.div(rest, base) // of non-negative integers: rounded down
    parts.push(part)
    if (place > 0) rest = t.sub(rest, t.mul(part, base))
  }
  const ids = t.reshape(t.concat(parts, 1), [words * count])
  const levels = bits === 8 ? int8Levels : nf4Levels
  const table = graph.constant(levels, 'f32', [levels.length, 1])
  const numbers = t.slice(t.gatherRows(table, ids), 0, 0, out! * blocks * blockSize)
  const scaled = t.mul(
    t.reshape(numbers, [out! * blocks, blockSize]),
    graph.input(scales, 'f32', [out! * blocks, 1]),
  )
  return t.slice(t.reshape(scaled, [out!, blocks * blockSize]), 1, 0, input!)
}

/** Sizes of the two inputs. */
export const packedShapes = ({
  bits,
  out,
  input,
}: QuantizedMatrix): { codes: number[]; scales: number[] } => ({
  codes: [wordsOf(bits, out, input), 1],
  scales: [out * blocksOf(input), 1],
})
