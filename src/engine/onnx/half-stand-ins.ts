import type { Dtype } from '../tensor/dtype.ts'
import type { Node, Value } from '../tensor/graph.ts'
import { type HalfDtype, isHalf, roundToHalf } from '../tensor/half-floats.ts'
import type { Op, OpKind } from '../tensor/op.ts'
import { inferOutputs } from '../tensor/shape-rules.ts'
import type { LoweringContext } from './lowering-context.ts'
import { lowerOp } from './lowering-rules.ts'
import { dataType } from './onnx-proto.ts'

/**
 * 16-bit floats on the processor. Its kernels have no bf16, and what ONNX Runtime (1.30) makes of f16 is f32 from one node
 * to the next: 300·300/300 is 300 there, and ∞ on every device that has the type. Neither the rounding nor the overflow of
 * halves would show. So here a half is an f32 that stands for it: an op computes in f32 and its result is rounded, which
 * is what a card's units do that multiply halves and add in f32. It costs time and saves no memory.
 */

/** These give numbers that they were given, or 0, 1 and the like: nothing to round. */
const exact: ReadonlySet<OpKind> = new Set<OpKind>([
  'Reshape',
  'Transpose',
  'Slice',
  'Concat',
  'Split',
  'Expand',
  'Fence',
  'GatherRows',
  'Neg',
  'Relu',
  'Step',
  'Max',
  'Where',
  'ReduceMax',
  'TopK',
  'GatherElements',
  'GatherAxis',
  'ReplaceRows',
  'RowsBetween',
  'ReshapeTo',
])

/** Graphs within a graph hand over what is stored: real halves. */
const withGraphs: ReadonlySet<OpKind> = new Set<OpKind>(['If', 'Loop'])

/** Whether a node has to do with halves. Leaves keep them as they are stored. */
export const touchesHalves = ({ op, inputs, outputs }: Node): boolean =>
  op.kind !== 'External' &&
  op.kind !== 'Capture' &&
  (inputs.some(({ dtype }) => isHalf(dtype)) || outputs.some(({ dtype }) => isHalf(dtype)))

export function lowerHalves(
  c: LoweringContext,
  op: Exclude<Op, { kind: 'Input' }>,
  names: readonly string[],
  inputs: readonly Value[],
): string[] {
  // What an op gives is not yet what the program outputs.
  c.resultName = null
  if (withGraphs.has(op.kind))
    return lowerOp(
      c,
      op,
      names.map((name, i) => storedHalf(c, name, inputs[i]!.dtype)),
      inputs,
    )
  if (op.kind === 'Const' && isHalf(op.dtype)) {
    const name = c.constant('f32', op.shape, roundToHalf(op.data as Float32Array, op.dtype))
    c.halves.set(name, op.dtype)
    return [name]
  }
  const stood = names.map((name, i) => standIn(c, name, inputs[i]!.dtype))
  if (op.kind === 'Cast') return [lowerCast(c, stood[0]!, inputs[0]!.dtype, op.to)]
  const asFloats = inputs.map((value) => (isHalf(value.dtype) ? { ...value, dtype: 'f32' as const } : value))
  const results = lowerOp(c, op, stood, asFloats)
  return inferOutputs(op, inputs).map(({ dtype }, i) => {
    const name = results[i]!
    if (!isHalf(dtype)) return name
    if (!exact.has(op.kind)) return rounded(c, name, dtype)
    c.halves.set(name, dtype)
    return name
  })
}

/** A value as it is stored, where a program or a graph within it ends. */
export function storedHalf(c: LoweringContext, name: string, dtype: Dtype): string {
  return isHalf(dtype) && c.halves.has(name) ? c.one('Cast', [name], { to: dataType(dtype) }) : name
}

/** The f32 that stands for a value; other types as they are. */
function standIn(c: LoweringContext, name: string, dtype: Dtype): string {
  if (!isHalf(dtype) || c.halves.has(name)) return name
  const widened = c.one('Cast', [name], { to: dataType('f32') })
  c.halves.set(widened, dtype)
  return widened
}

function lowerCast(c: LoweringContext, name: string, from: Dtype, to: Dtype): string {
  const isFloat = from === 'f32' || isHalf(from)
  if (!isHalf(to)) return to === 'f32' ? name : c.one('Cast', [name], { to: dataType(to) })
  if (c.halves.get(name) === to) return name
  return rounded(c, isFloat ? name : c.one('Cast', [name], { to: dataType('f32') }), to)
}

function rounded(c: LoweringContext, name: string, dtype: HalfDtype): string {
  const half = c.one('Cast', [name], { to: dataType(dtype) })
  const result = c.one('Cast', [half], { to: dataType('f32') })
  c.halves.set(result, dtype)
  return result
}
