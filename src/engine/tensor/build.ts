import type { Dtype } from './dtype.ts'
import type { Shape, Value } from './graph.ts'

/** The vocabulary in which models and gradient rules are written: one function per op, nothing computed here. */

const binary = (kind: 'Add' | 'Sub' | 'Mul' | 'Div') => (a: Value, b: Value) =>
  a.graph.apply({ kind }, [a, b])
const unary =
  (
    kind:
      | 'Neg'
      | 'Exp'
      | 'Log'
      | 'Sqrt'
      | 'Sigmoid'
      | 'Silu'
      | 'Relu'
      | 'Softplus'
      | 'Tanh'
      | 'GeluTanh'
      | 'Step'
      | 'Softmax'
      | 'MeanSquare',
  ) =>
  (x: Value) =>
    x.graph.apply({ kind }, [x])

export const add = binary('Add')
export const sub = binary('Sub')
export const mul = binary('Mul')
export const div = binary('Div')
export const neg = unary('Neg')
export const exp = unary('Exp')
export const log = unary('Log')
export const sqrt = unary('Sqrt')
export const sigmoid = unary('Sigmoid')
export const silu = unary('Silu')
export const relu = unary('Relu')
export const softplus = unary('Softplus')
export const tanh = unary('Tanh')
export const geluTanh = unary('GeluTanh')
export const step = unary('Step')
export const softmax = unary('Softmax')
export const meanSquare = unary('MeanSquare')

interface Product {
  transA?: boolean
  transB?: boolean
  alpha?: number
  bias?: Value | undefined
}
export const gemm = (
  a: Value,
  b: Value,
  { transA = false, transB = false, alpha = 1, bias }: Product = {},
): Value => a.graph.apply({ kind: 'Gemm', transA, transB, alpha }, bias ? [a, b, bias] : [a, b])
export const matMul = (
  a: Value,
  b: Value,
  { transA = false, transB = false, alpha = 1 }: Product = {},
): Value => a.graph.apply({ kind: 'MatMul', transA, transB, alpha }, [a, b])

export const scale = (x: Value, factor: number): Value => mul(x, x.graph.scalar(factor, x.dtype))
export const gatherRows = (table: Value, ids: Value): Value =>
  ids.graph.apply({ kind: 'GatherRows' }, [table, ids])
export const scatterAddRows = (updates: Value, ids: Value, rows: number): Value =>
  updates.graph.apply({ kind: 'ScatterAddRows', rows }, [updates, ids])
/** data [N,D] with its rows at ids [R] replaced by updates [R,D]. */
export const replaceRows = (data: Value, updates: Value, ids: Value): Value =>
  updates.graph.apply({ kind: 'ReplaceRows' }, [data, updates, ids])
export const equal = (a: Value, b: Value): Value => a.graph.apply({ kind: 'Equal' }, [a, b])
/** `x`, not before `after` has been computed. */
export const fence = (x: Value, after: readonly Value[]): Value =>
  after.length === 0 ? x : x.graph.apply({ kind: 'Fence' }, [x, ...after])
export const moveRows = (x: Value, from: Value, back: Value): Value =>
  x.graph.apply({ kind: 'MoveRows' }, [x, from, back])
export const reduceSum = (
  x: Value,
  axes: readonly number[] = x.shape.map((_, i) => i),
  keepDims = false,
): Value => (axes.length === 0 ? x : x.graph.apply({ kind: 'ReduceSum', axes, keepDims }, [x]))
export const rmsNorm = (x: Value, weight: Value, eps: number): Value =>
  x.graph.apply({ kind: 'RmsNorm', eps }, [x, weight])
export const rope = (x: Value, cos: Value, sin: Value, inverse = false): Value =>
  x.graph.apply({ kind: 'Rope', inverse }, [x, cos, sin])
export const tokenLogProb = (logits: Value, targets: Value): Value =>
  logits.graph.apply({ kind: 'TokenLogProb' }, [logits, targets])
export const tokenEntropy = (logits: Value): Value => logits.graph.apply({ kind: 'TokenEntropy' }, [logits])
export const tokenLogProbGrad = (logits: Value, targets: Value, g: Value): Value =>
  logits.graph.apply({ kind: 'TokenLogProbGrad' }, [logits, targets, g])
export const reshape = (x: Value, shape: Shape): Value =>
  shape.join() === x.shape.join() ? x : x.graph.apply({ kind: 'Reshape', shape }, [x])
export const transpose = (x: Value, perm: readonly number[]): Value =>
  x.graph.apply({ kind: 'Transpose', perm }, [x])
export const slice = (x: Value, axis: number, start: number, end: number): Value =>
  start === 0 && end === x.shape[axis] ? x : x.graph.apply({ kind: 'Slice', axis, start, end }, [x])
export const concat = (values: readonly Value[], axis: number): Value =>
  values[0]!.graph.apply({ kind: 'Concat', axis }, values)
export const split = (x: Value, axis: number, sizes: readonly number[]): readonly Value[] =>
  sizes.length === 1 && sizes[0] === x.shape[axis]
    ? [x]
    : x.graph.applyAll({ kind: 'Split', axis, sizes }, [x])
export const cast = (x: Value, to: Dtype): Value =>
  x.dtype === to ? x : x.graph.apply({ kind: 'Cast', to }, [x])
export const expand = (x: Value, shape: Shape): Value =>
  shape.join() === x.shape.join() ? x : x.graph.apply({ kind: 'Expand', shape }, [x])
