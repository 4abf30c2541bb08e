import type { OpOf } from '../tensor/op.ts'
import type { ValueType } from '../tensor/shape-rules.ts'
import { nf4Levels, quantizedBlock } from '../tensor/quantized-codes.ts'
import type { LoweringContext } from './lowering-context.ts'
import { dataType } from './onnx-proto.ts'

/**
 * Dequantize (see tensor/op.ts) of plain kernels, which every provider has: codes are cast, or looked up two at a time,
 * and multiplied by their block's scale. A row that is no multiple of a block is filled up with zeros for the product.
 */
export function dequantized(
  c: LoweringContext,
  [codes, scales]: readonly string[],
  { bits, input }: OpOf<'Dequantize'>,
  [codeValue, scaleValue]: readonly ValueType[],
): string {
  const [out] = codeValue!.shape as [number]
  const { dtype } = scaleValue!
  const numbers = bits === 8 ? c.one('Cast', [codes!], { to: dataType(dtype) }) : levels()
  const width = bits === 8 ? input : 2 * Math.ceil(input / 2)
  const blocks = Math.ceil(input / quantizedBlock)
  const whole = blocks * quantizedBlock
  const padded = width === whole ? numbers : c.one('Pad', [numbers, c.ints([0, 0, 0, whole - width])])
  const blocked = c.one('Mul', [
    c.one('Reshape', [padded, c.ints([out, blocks, quantizedBlock])]),
    c.one('Reshape', [scales!, c.ints([out, blocks, 1])]),
  ])
  const rows = c.one('Reshape', [blocked, c.ints([out, whole])])
  return whole === input ? rows : c.one('Slice', [rows, c.ints([0]), c.ints([input]), c.ints([1])])

  /** Both numbers of a byte are one row of the table. */
  function levels(): string {
    const pairs = Array.from({ length: 256 }, (_, byte) => [
      nf4Levels[byte >> 4]!,
      nf4Levels[byte & 15]!,
    ]).flat()
    const table = c.constant(
      dtype,
      [256, 2],
      dtype === 'f64' ? Float64Array.from(pairs) : Float32Array.from(pairs),
    )
    const index = c.one('Cast', [codes!], { to: dataType('i32') })
    return c.one('Reshape', [
      c.one('Gather', [table, index], { axis: 0 }),
      c.ints([out, 2 * Math.ceil(input / 2)]),
    ])
  }
}
