import * as t from '../../../src/engine/tensor/build.ts'
import { Graph, type Shape, type Value } from '../../../src/engine/tensor/graph.ts'
import type { Dtype, TensorData } from '../../../src/engine/tensor/dtype.ts'
import type { Op, OpKind } from '../../../src/engine/tensor/op.ts'
import { uniform } from '../../../src/engine/tensor/random.ts'
import { sizeOf } from '../../../src/engine/tensor/shape-rules.ts'

/** One use of an op. `float` inputs take the precision under test; `exact` ones keep their own type. */
export interface OpCase {
  kind: OpKind
  name: string
  inputs: readonly CaseInput[]
  build: (inputs: readonly Value[]) => Value | readonly Value[]
  /** Inputs that a gradient flows to; empty for ops without one. */
  wrt: readonly number[]
  precisions: readonly ('f32' | 'f64')[]
}

export interface CaseInput {
  shape: Shape
  dtype: Dtype | 'float'
  data: readonly number[]
}

/** Standard normal numbers (Box–Muller) of a seed. */
export function normals(count: number, seed: number): number[] {
  return Array.from(
    { length: count },
    (_, i) =>
      Math.sqrt(-2 * Math.log(uniform(seed, 'radius', i))) *
      Math.cos(2 * Math.PI * uniform(seed, 'angle', i)),
  )
}

let seeds = 0
/** Numbers at least 0.2 away from 0, so that no finite difference steps over the kink of Relu. */
const real = (...shape: number[]): CaseInput => ({
  shape,
  dtype: 'float',
  data: normals(sizeOf(shape), ++seeds).map((x) => x + Math.sign(x) * 0.2),
})
const positive = (...shape: number[]): CaseInput => ({
  ...real(...shape),
  data: real(...shape).data.map((x) => Math.abs(x) + 0.5),
})
const exact = (dtype: Dtype, shape: Shape, data: readonly number[]): CaseInput => ({ shape, dtype, data })
const ids = (...data: number[]): CaseInput => exact('i32', [data.length], data)
const flags = (shape: Shape, ...data: number[]): CaseInput => exact('bool', shape, data)

type Build = (...inputs: Value[]) => Value | readonly Value[]
const trained = (
  kind: OpKind,
  name: string,
  inputs: readonly CaseInput[],
  build: Build,
  wrt?: readonly number[],
): OpCase => ({
  kind,
  name,
  inputs,
  build: (values) => build(...values),
  precisions: ['f32', 'f64'],
  wrt: wrt ?? inputs.flatMap(({ dtype }, i) => (dtype === 'float' ? [i] : [])),
})
const plain = (
  kind: OpKind,
  name: string,
  inputs: readonly CaseInput[],
  build: Build,
  precisions: OpCase['precisions'] = ['f32', 'f64'],
): OpCase => ({ ...trained(kind, name, inputs, build, []), precisions })
const bare =
  (op: Op) =>
  (...inputs: Value[]) =>
    inputs[0]!.graph.applyAll(op, inputs)

const onOff = [false, true]
const products = onOff.flatMap((transA) =>
  onOff.map((transB) => ({ transA, transB, alpha: transA ? -0.5 : transB ? 3 : 1 })),
)
const matrix = (flip: boolean, rows: number, columns: number): [number, number] =>
  flip ? [columns, rows] : [rows, columns]
const text = (value: object) => JSON.stringify(value).replaceAll('"', '')

/** Branches with results of another size each. */
const doubled = (x: Value): Graph => {
  const graph = new Graph()
  graph.output('y', t.scale(graph.capture(x), 2))
  return graph
}
const firstRow = (x: Value): Graph => {
  const graph = new Graph()
  graph.output('y', t.slice(graph.capture(x), 0, 0, 1))
  return graph
}

export const opCases: readonly OpCase[] = [
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
  trained('GatherRows', 'with a repeated id', [real(6, 3), ids(4, 0, 4, 5)], (table, at) =>
    t.gatherRows(table, at),
  ),
  trained('ScatterAddRows', 'with a repeated id', [real(4, 3), ids(1, 5, 1, 0)], (x, at) =>
    t.scatterAddRows(x, at, 6),
  ),
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
  trained('RmsNorm', 'rows', [real(3, 8), real(8)], (x, weight) => t.rmsNorm(x, weight, 1e-5)),
  trained(
    'RmsNorm',
    'of tiny numbers, where eps counts',
    [{ ...real(3, 4), data: normals(12, 99).map((x) => x * 0.01) }, real(4)],
    (x, weight) => t.rmsNorm(x, weight, 1e-3),
  ),
  trained('Softmax', 'last axis', [real(2, 3, 4)], t.softmax),
  plain(
    'Softmax',
    'with masked scores and scores far apart',
    [
      {
        shape: [3, 4],
        dtype: 'float',
        data: [2, 1, -1e30, -1e30, 500, 460, 100, -1e30, -700, -1e30, -1e30, -1e30],
      },
    ],
    t.softmax,
  ),
  trained('TokenLogProb', 'rows', [real(4, 6), ids(0, 5, 2, 2)], t.tokenLogProb),
  plain(
    'TokenLogProb',
    'of logits far apart',
    [{ shape: [2, 3], dtype: 'float', data: [300, -300, 0, 88, 89, 90] }, ids(0, 1)],
    t.tokenLogProb,
  ),
  plain('TokenEntropy', 'rows', [real(4, 6)], t.tokenEntropy),
  plain(
    'TokenEntropy',
    'of one certain token, of even odds',
    [{ shape: [2, 3], dtype: 'float', data: [300, -300, 0, 5, 5, 5] }],
    t.tokenEntropy,
  ),
  plain('TokenLogProbGrad', 'rows', [real(4, 6), ids(0, 5, 2, 2), real(4, 1)], t.tokenLogProbGrad),
  ...onOff.map((inverse) =>
    trained(
      'Rope',
      inverse ? 'inverse' : 'two heads',
      [real(2, 3, 8), real(3, 2), real(3, 2)],
      (x, cos, sin) => t.rope(x, cos, sin, inverse),
      [0],
    ),
  ),
  trained('Reshape', '[2,6] to [3,4]', [real(2, 6)], (x) => t.reshape(x, [3, 4])),
  trained('Transpose', 'four axes', [real(2, 3, 4, 2)], (x) => t.transpose(x, [2, 0, 3, 1])),
  trained('Slice', 'the middle', [real(2, 5)], (x) => t.slice(x, 1, 1, 4)),
  trained('Slice', 'the start', [real(4, 2)], (x) => t.slice(x, 0, 0, 2)),
  trained('Slice', 'the end', [real(2, 4, 2)], (x) => t.slice(x, 1, 3, 4)),
  trained('Concat', 'three parts', [real(2, 1, 2), real(2, 3, 2), real(2, 2, 2)], (...parts) =>
    t.concat(parts, 1),
  ),
  trained('Concat', 'the same part twice', [real(2, 3), real(1, 3)], (a, b) => t.concat([a, b, a], 0)),
  trained('Split', 'three parts of rows', [real(6, 2)], (x) => {
    const [first, second, third] = t.split(x, 0, [1, 3, 2])
    return t.concat([t.mul(third!, third!), first!, t.exp(second!)], 0)
  }),
  trained(
    'Split',
    'parts that the loss does not depend on',
    [real(2, 5, 2)],
    (x) => t.split(x, 1, [1, 3, 1])[1]!,
  ),
  plain('Split', 'in order', [real(2, 5, 2)], (x) => t.split(x, 1, [2, 3])),
  trained('Cast', 'to its own type', [real(2, 3)], (x) => x.graph.apply({ kind: 'Cast', to: x.dtype }, [x])),
  plain(
    'Cast',
    'to whole numbers and back',
    [{ shape: [4], dtype: 'float', data: [-1.75, 0, 0.5, 7] }],
    (x) => [t.cast(x, 'i32'), t.cast(x, 'i64'), t.cast(t.cast(x, 'bool'), 'i32')],
  ),
  trained('Expand', 'a column', [real(3, 1)], (x) => t.expand(x, [2, 3, 4])),
  trained('Expand', 'a scalar', [real()], (x) => t.expand(x, [2, 2])),
  ...(['Less', 'LessOrEqual', 'Equal'] as const).map((kind) =>
    plain(
      kind,
      'broadcast',
      [
        { shape: [2, 3], dtype: 'float', data: [1, 2, 3, 3, 2, 1] },
        { shape: [3], dtype: 'float', data: [2, 2, 2] },
      ],
      bare({ kind }),
    ),
  ),
  ...(['And', 'Or'] as const).map((kind) =>
    plain(
      kind,
      'the four combinations',
      [flags([2, 2], 0, 1, 0, 1), flags([2, 2], 0, 0, 1, 1)],
      bare({ kind }),
    ),
  ),
  plain('Not', 'both', [flags([2], 0, 1)], bare({ kind: 'Not' })),
  plain('Where', 'broadcast', [flags([2, 1], 1, 0), real(2, 3), real(3)], bare({ kind: 'Where' })),
  plain('Max', 'broadcast', [real(2, 3), real(3)], bare({ kind: 'Max' })),
  plain(
    'ArgMax',
    'the first of equals',
    [{ shape: [2, 4], dtype: 'float', data: [1, 3, 3, 0, -1, -2, -3, -1] }],
    bare({ kind: 'ArgMax' }),
  ),
  plain(
    'TopK',
    'with a tie',
    [{ shape: [2, 5], dtype: 'float', data: [3, 1, 4, 1, 5, 2, 7, 2, 2, 0] }],
    bare({ kind: 'TopK', k: 3 }),
  ),
  ...onOff.map((exclusive) =>
    plain('CumSum', exclusive ? 'exclusive' : 'inclusive', [real(2, 5)], bare({ kind: 'CumSum', exclusive })),
  ),
  ...onOff.map((keepDims) =>
    plain('ReduceMax', keepDims ? 'kept' : 'dropped', [real(2, 3, 4)], bare({ kind: 'ReduceMax', keepDims })),
  ),
  plain(
    'GatherElements',
    'along axis 1',
    [real(2, 4), exact('i64', [2, 2], [3, 0, 1, 1])],
    bare({ kind: 'GatherElements', axis: 1 }),
  ),
  plain(
    'GatherAxis',
    'a scalar index',
    [real(2, 4), exact('i64', [], [2])],
    bare({ kind: 'GatherAxis', axis: 1 }),
  ),
  plain(
    'GatherAxis',
    'several',
    [real(2, 4, 2), exact('i64', [3], [2, 0, 2])],
    bare({ kind: 'GatherAxis', axis: 1 }),
  ),
  plain(
    'ReplaceRows',
    'two of four, out of order',
    [real(4, 2, 3), real(2, 2, 3), exact('i64', [2], [3, 1])],
    bare({ kind: 'ReplaceRows' }),
  ),
  plain(
    'ReplaceRows',
    'rows of numbers at indices of 32 bits',
    [real(4, 3), real(2, 3), ids(2, 0)],
    bare({ kind: 'ReplaceRows' }),
  ),
  plain(
    'PutElements',
    'three of eight, out of order',
    [real(8), real(3), exact('i32', [3], [6, 0, 3])],
    bare({ kind: 'PutElements' }),
  ),
  plain(
    'RowsBetween',
    'the middle',
    [real(5, 2), exact('i64', [1], [1]), exact('i64', [1], [4])],
    bare({ kind: 'RowsBetween' }),
  ),
  plain(
    'RowsBetween',
    'more than there are',
    [real(3), exact('i64', [1], [2]), exact('i64', [1], [9])],
    bare({ kind: 'RowsBetween' }),
  ),
  plain('Positions', 'some', [flags([5], 0, 1, 1, 0, 1)], bare({ kind: 'Positions' })),
  plain(
    'ReshapeTo',
    'a shape known at run time',
    [real(4, 3), exact('i64', [3], [2, 2, 3])],
    bare({ kind: 'ReshapeTo', shape: [-1, -1, 3] }),
  ),
  ...onOff.map((holds) =>
    plain('If', holds ? 'that holds' : 'that does not', [flags([1], Number(holds)), real(2, 3)], (is, x) =>
      is.graph.applyAll({ kind: 'If', yes: doubled(x), no: firstRow(x) }, [is]),
    ),
  ),
  plain('Capture', 'through two graphs', [flags([1], 1), real(2, 3)], (is, x) => {
    const inner = new Graph()
    inner.output('y', t.neg(inner.capture(x)))
    const outer = new Graph()
    outer.output('y', outer.apply({ kind: 'If', yes: inner, no: doubled(x) }, [is]))
    return is.graph.apply({ kind: 'If', yes: outer, no: doubled(x) }, [is])
  }),
  trained(
    'Fence',
    'behind two others',
    [real(2, 3), real(4), real(1, 2)],
    (x, ...after) => t.fence(x, after),
    [0],
  ),
  trained(
    'MoveRows',
    'to other places, one nowhere',
    [real(4, 3), ids(2, 4, 0, 1, 4), ids(2, 3, 0, 5)],
    t.moveRows,
  ),
  trained(
    'MoveRows',
    'one to two places, two to one',
    [real(3, 2), exact('i32', [3, 2], [0, 3, 1, 2, 0, 3]), exact('i32', [3, 2], [0, 2, 1, 3, 1, 3])],
    t.moveRows,
  ),
  ...sequenceAttentions(),
  ...dequantizations(),
  ...stepAttentions(),
  plain('Const', 'every type', [real(1)], (x) => [
    t.add(x, x.graph.scalar(0.1, x.dtype)),
    x.graph.constant(Int32Array.of(-1, 2 ** 31 - 1), 'i32', [2]),
    x.graph.constant(BigInt64Array.of(-5n, 2n ** 40n), 'i64', [2]),
    x.graph.constant(Uint8Array.of(0, 1), 'bool', [1, 2]),
  ]),
]

/** The case as a program with inputs x0, x1, … and outputs y0, y1, …, and what to feed it. */
export function caseProgram({ inputs, build }: OpCase, precision: 'f32' | 'f64') {
  const graph = new Graph()
  const values = inputs.map(({ dtype, shape }, i) =>
    graph.input(`x${i}`, dtype === 'float' ? precision : dtype, shape),
  )
  const built = build(values)
  const outputs = 'graph' in built ? [built] : built
  outputs.forEach((value, i) => graph.output(`y${i}`, value))
  const feeds = Object.fromEntries(values.map(({ dtype }, i) => [`x${i}`, typed(dtype, inputs[i]!.data)]))
  return { graph, values, outputs, feeds }
}

export function typed(dtype: Dtype, data: readonly number[]): TensorData {
  if (dtype === 'f64') return Float64Array.from(data)
  if (dtype === 'i32') return Int32Array.from(data)
  if (dtype === 'i64') return BigInt64Array.from(data, BigInt)
  if (dtype === 'i8') return Int8Array.from(data)
  if (dtype === 'bool' || dtype === 'u8') return Uint8Array.from(data)
  return Float32Array.from(data)
}

/** Three sequences of two query slots and four key slots, the last of which is unused in one of them. */
function sequenceAttentions(): OpCase[] {
  const [sequences, querySlots, keySlots, heads, kvHeads, headDim] = [3, 2, 4, 4, 2, 3] as const
  const queryAt = exact('i32', [sequences, querySlots], [2, 3, 0, 1, 4, 5])
  const keyAt = exact('i32', [sequences, keySlots], [0, 1, 2, 3, 0, 1, 2, 9999, 3, 4, 5, 2])
  const [q, k, v] = [
    real(sequences * querySlots, heads * headDim),
    real(sequences * keySlots, kvHeads * headDim),
    real(sequences * keySlots, kvHeads * headDim),
  ] as const
  const forms = [
    ['plain', { window: null, softcap: 0 }],
    ['through a window', { window: 2, softcap: 0 }],
    ['capped scores', { window: null, softcap: 1.5 }],
  ] as const
  return forms.flatMap(([name, form]) => {
    const op = { heads, kvHeads, scale: 0.375, ...form }
    return [
      trained('SequenceAttention', name, [q, k, v, queryAt, keyAt], (...x) =>
        x[0]!.graph.apply({ kind: 'SequenceAttention', ...op }, x),
      ),
      plain(
        'SequenceAttentionGrad',
        name,
        [{ ...q, data: q.data.toReversed() }, q, k, v, queryAt, keyAt],
        (g, ...x) => {
          const o = g!.graph.apply({ kind: 'SequenceAttention', ...op }, x)
          return g!.graph.applyAll({ kind: 'SequenceAttentionGrad', ...op }, [g!, o, ...x])
        },
      ),
    ]
  })
}

function dequantizations(): OpCase[] {
  const [out, input] = [2, 67]
  const codes = (count: number, least: number) =>
    Array.from({ length: count }, (_, i) => least + Math.floor(256 * uniform(i, 'codes', count)))
  return ([8, 4] as const).map((bits) => {
    const width = bits === 8 ? input : 34
    return plain(
      'Dequantize',
      `${bits} bits, a row of more than a block`,
      [
        exact(bits === 8 ? 'i8' : 'u8', [out, width], codes(out * width, bits === 8 ? -128 : 0)),
        positive(out, 2),
      ],
      bare({ kind: 'Dequantize', bits, input }),
    )
  })
}

/** Three rows: a cache of 5 that is full, one of which 2 are seen through a window, and an empty one. */
function stepAttentions(): OpCase[] {
  const [rows, heads, kvHeads, capacity] = [3, 4, 2, 5] as const
  const seen = [
    [1, 1, 1, 1, 1, 1],
    [1, 0, 1, 1, 0, 0],
    [1, 0, 0, 0, 0, 0],
  ]
  const at = [5, 3, 0]
  return [
    { name: 'plain', scale: 0.3, softcap: 0, headDim: 16, turned: 16 },
    { name: 'capped scores', scale: 0.3, softcap: 2, headDim: 16, turned: 16 },
    { name: 'half of each head turned', scale: 1, softcap: 0, headDim: 16, turned: 8 },
    { name: 'wide heads', scale: 0.1, softcap: 0, headDim: 64, turned: 64 },
    { name: 'wide heads, capped scores, half turned', scale: 0.1, softcap: 2, headDim: 64, turned: 32 },
  ].map(({ name, scale, softcap, headDim, turned }) => {
    const half = turned / 2
    const angle = (i: number) => Math.floor(i / half) * 0.7 ** (i % half)
    const table = (of: (x: number) => number) =>
      exact(
        'f32',
        [capacity + 1, half],
        Array.from({ length: (capacity + 1) * half }, (_, i) => Math.fround(of(angle(i)))),
      )
    return plain(
      'StepAttention',
      name,
      [
        real(rows, heads * headDim),
        real(rows, kvHeads * headDim),
        real(rows, kvHeads * headDim),
        real(rows, kvHeads, capacity, headDim),
        real(rows, kvHeads, capacity, headDim),
        exact(
          'f32',
          [rows, 1, 1, capacity + 1],
          seen.flat().map((is) => (is ? 0 : Math.fround(-1e30))),
        ),
        exact('i64', [rows, 1], at),
        exact(
          'i64',
          [rows, heads / kvHeads],
          at.flatMap((position) => [position, position]),
        ),
        table(Math.cos),
        table(Math.sin),
      ],
      bare({ kind: 'StepAttention', heads, kvHeads, scale, softcap }),
      ['f32'],
    )
  })
}
