import type { OpOf } from '../tensor/op.ts'
import type { ValueType } from '../tensor/shape-rules.ts'
import type { LoweringContext } from './lowering-context.ts'
import { dataType } from './onnx-proto.ts'

/**
 * Fence (see tensor/op.ts): a copy of x behind nothing of the others. ONNX Runtime takes nodes as soon as they can be
 * computed, or as late; only what a node reads makes it wait. (It sees through a Reshape to another's Shape.)
 */
export function fenced(
  c: LoweringContext,
  [x, ...after]: readonly string[],
  _: OpOf<'Fence'>,
  inputs: readonly ValueType[],
): string {
  const flat = (name: string) => c.one('Reshape', [name, c.ints([-1])])
  const { dtype, shape } = inputs[0]!
  // Of a constant ReshapeFusion (1.30) loses the Shape and fails.
  const size = shape.includes(-1) ? c.one('Shape', [x!]) : c.ints(shape)
  const nothing = after.map((name, i) => {
    const none = c.one('Slice', [flat(name), c.ints([0]), c.ints([0]), c.ints([0])])
    return inputs[i + 1]!.dtype === dtype ? none : c.one('Cast', [none], { to: dataType(dtype) })
  })
  return c.one('Reshape', [c.one('Concat', [flat(x!), ...nothing], { axis: 0 }), size])
}

/** MoveRows (see tensor/op.ts): a row of zeros behind the others is what no row goes to. */
export function moveRows(
  c: LoweringContext,
  [x, from]: readonly string[],
  _: OpOf<'MoveRows'>,
  [value, index]: readonly ValueType[],
): string {
  const { dtype, shape } = value!
  const zeros = c.one('Expand', [c.scalar(dtype, 0), c.ints([1, shape[1]!])])
  const moved = c.one('Gather', [c.one('Concat', [x!, zeros], { axis: 0 }), from!], { axis: 0 })
  return index!.shape.length === 1 ? moved : c.one('ReduceSum', [moved, c.ints([1])], { keepdims: 0 })
}
