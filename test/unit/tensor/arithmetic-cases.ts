import * as t from '../../../src/engine/tensor/build.ts'
import { bare, onOff, type OpCase, plain, positive, real, trained } from './op-case.ts'

const products = onOff.flatMap((transA) =>
  onOff.map((transB) => ({ transA, transB, alpha: transA ? -0.5 : transB ? 3 : 1 })),
)
const matrix = (flip: boolean, rows: number, columns: number): [number, number] =>
  flip ? [columns, rows] : [rows, columns]
const text = (value: object) => JSON.stringify(value).replaceAll('"', '')

export const arithmeticCases: readonly OpCase[] = [
  ...products.flatMap((flags_) => [
    trained(
      'Gemm',
      text(flags_),
      [real(...matrix(flags_.transA, 3, 4)), real(...matrix(flags_.transB, 4, 5))],
      (a, b) => t.gemm(a, b, flags_),
    ),
    trained(
      'Gemm',
      `${text(flags_)} with bias`,
      [real(...matrix(flags_.transA, 3, 4)), real(...matrix(flags_.transB, 4, 5)), real(5)],
      (a, b, bias) => t.gemm(a, b, { ...flags_, bias }),
    ),
    trained(
      'MatMul',
      text(flags_),
      [real(2, ...matrix(flags_.transA, 3, 4)), real(2, ...matrix(flags_.transB, 4, 5))],
      (a, b) => t.matMul(a, b, flags_),
    ),
  ]),
  trained('MatMul', 'two leading axes', [real(2, 3, 4, 2), real(2, 3, 5, 2)], (a, b) =>
    t.matMul(a, b, { transB: true, alpha: 0.25 }),
  ),
  trained('MatMul', 'of a value with itself', [real(2, 3, 3)], (a) => t.matMul(a, a, { transA: true })),
  ...(['Add', 'Sub', 'Mul', 'Div'] as const).flatMap((kind) => {
    const build = { Add: t.add, Sub: t.sub, Mul: t.mul, Div: t.div }[kind]
    const below = kind === 'Div' ? positive : real
    return [
      trained(kind, 'equal shapes', [real(2, 3), below(2, 3)], build),
      trained(kind, '[2,3,4] and [4]', [real(2, 3, 4), below(4)], build),
      trained(kind, '[3,1] and [2,1,4]', [real(3, 1), below(2, 1, 4)], build),
      trained(kind, 'a scalar', [real(), below(2, 3)], build),
      trained(kind, 'of a value with itself', [below(2, 3)], (x) => build(x, x)),
    ]
  }),
  trained('Neg', 'elementwise', [real(2, 3)], t.neg),
  trained('Exp', 'elementwise', [real(2, 3)], t.exp),
  trained('Log', 'elementwise', [positive(2, 3)], t.log),
  trained('Sqrt', 'elementwise', [positive(2, 3)], t.sqrt),
  trained('Sigmoid', 'elementwise', [real(2, 3)], t.sigmoid),
  trained('Silu', 'elementwise', [real(3, 5)], t.silu),
  trained('Relu', 'elementwise', [real(3, 5)], t.relu),
  trained('Softplus', 'elementwise', [real(3, 5)], t.softplus),
  trained('Tanh', 'elementwise', [real(3, 5)], t.tanh),
  trained('GeluTanh', 'elementwise', [real(3, 5)], t.geluTanh),
  plain('Softplus', 'far from 0', [{ shape: [4], dtype: 'float', data: [-90, -20, 20, 90] }], t.softplus),
  plain('Step', 'at and beside 0', [{ shape: [3], dtype: 'float', data: [-0.5, 0, 0.5] }], t.step),
  trained('ReduceSum', 'all axes', [real(2, 3)], (x) => t.reduceSum(x)),
  trained('ReduceSum', 'outer axes', [real(2, 3, 4)], (x) => t.reduceSum(x, [0, 2])),
  trained('ReduceSum', 'one axis kept', [real(2, 3, 4)], (x) => t.reduceSum(x, [1], true)),
  trained('MeanSquare', 'last axis', [real(2, 3, 4)], t.meanSquare),
  plain('Max', 'broadcast', [real(2, 3), real(3)], bare({ kind: 'Max' })),
  ...onOff.map((exclusive) =>
    plain('CumSum', exclusive ? 'exclusive' : 'inclusive', [real(2, 5)], bare({ kind: 'CumSum', exclusive })),
  ),
  ...onOff.map((keepDims) =>
    plain('ReduceMax', keepDims ? 'kept' : 'dropped', [real(2, 3, 4)], bare({ kind: 'ReduceMax', keepDims })),
  ),
]
