import type { Dtype } from './dtype.ts'
import type { Shape, Value } from './graph.ts'
import type { Op, OpKind, OpOf } from './op.ts'

export interface ValueType {
  shape: Shape
  dtype: Dtype
}

type Rule<K extends OpKind> = (op: OpOf<K>, inputs: readonly Value[]) => ValueType | ValueType[]

type AnyRule = (op: Op, inputs: readonly Value[]) => ValueType | ValueType[]

const same = (_: Op, [x]: readonly Value[]): ValueType => ({ shape: x!.shape, dtype: x!.dtype })
const broadcast = (op: Op, [a, b]: readonly Value[]): ValueType => {
  if (a!.dtype !== b!.dtype) fail(op, `two inputs of one type`, `${a!.dtype} and ${b!.dtype}`)
  return { shape: broadcastShapes(op, a!.shape, b!.shape), dtype: a!.dtype }
}
const compare = (op: Op, inputs: readonly Value[]): ValueType => ({ ...broadcast(op, inputs), dtype: 'bool' })

const rules: { [K in OpKind]: Rule<K> } = {
  Input: (op) => op,
  Const: (op) => {
    if (op.data.length !== sizeOf(op.shape))
      fail(op, `${sizeOf(op.shape)} elements for [${op.shape}]`, `${op.data.length}`)
    return op
  },
  External: (op) => op,
  Gemm: (op, [a, b, bias]) => {
    const [m, k] = op.transA ? swapped(a!.shape) : a!.shape
    const [k2, n] = op.transB ? swapped(b!.shape) : b!.shape
    if (a!.shape.length !== 2 || b!.shape.length !== 2 || k !== k2)
      fail(op, 'a [M,K] and b [K,N]', show([a!, b!]))
    if (bias && (bias.shape.length !== 1 || bias.shape[0] !== n)) fail(op, `a bias [${n}]`, show([bias]))
    return { shape: [m!, n!], dtype: a!.dtype }
  },
  MatMul: (op, [a, b]) => {
    const lead = a!.shape.slice(0, -2)
    const [m, k] = op.transA ? swapped(a!.shape.slice(-2)) : a!.shape.slice(-2)
    const [k2, n] = op.transB ? swapped(b!.shape.slice(-2)) : b!.shape.slice(-2)
    if (k !== k2 || lead.join() !== b!.shape.slice(0, -2).join())
      fail(op, 'equal batches of [M,K] and [K,N]', show([a!, b!]))
    return { shape: [...lead, m!, n!], dtype: a!.dtype }
  },
  GatherRows: (op, [table, ids]) => {
    if (table!.shape.length !== 2 || ids!.shape.length !== 1)
      fail(op, 'a table [V,D] and ids [N]', show([table!, ids!]))
    return { shape: [ids!.shape[0]!, table!.shape[1]!], dtype: table!.dtype }
  },
  ScatterAddRows: (op, [updates]) => ({ shape: [op.rows, updates!.shape[1]!], dtype: updates!.dtype }),
  Add: broadcast,
  Sub: broadcast,
  Mul: broadcast,
  Div: broadcast,
  Max: broadcast,
  Neg: same,
  Exp: same,
  Log: same,
  Sqrt: same,
  Sigmoid: same,
  Silu: same,
  Relu: same,
  Softplus: same,
  Tanh: same,
  GeluTanh: same,
  Step: same,
  ReduceSum: (op, [x]) => ({
    dtype: x!.dtype,
    shape: x!.shape.flatMap((n, i) => (!op.axes.includes(i) ? [n] : op.keepDims ? [1] : [])),
  }),
  MeanSquare: (_, [x]) => ({ shape: [...x!.shape.slice(0, -1), 1], dtype: x!.dtype }),
  RmsNorm: same,
  Softmax: same,
  TokenLogProb: (op, [logits, targets]) => {
    if (logits!.shape[0] !== targets!.shape[0])
      fail(op, 'logits [R,V] and targets [R]', show([logits!, targets!]))
    return { shape: [logits!.shape[0]!, 1], dtype: logits!.dtype }
  },
  TokenEntropy: (_, [logits]) => ({ shape: [logits!.shape[0]!, 1], dtype: logits!.dtype }),
  TokenLogProbGrad: same,
  Rope: (op, [x, cos]) => {
    if (x!.shape.length !== 3 || x!.shape[1] !== cos!.shape[0])
      fail(op, 'x [B,S,H·hd] and cos [S,hd/2]', show([x!, cos!]))
    return { shape: x!.shape, dtype: x!.dtype }
  },
  Reshape: (op, [x]) => {
    // A size known at run time alone (−1) is checked there.
    const isKnown = !op.shape.includes(-1) && !x!.shape.includes(-1)
    if (isKnown && sizeOf(op.shape) !== sizeOf(x!.shape))
      fail(op, `${sizeOf(x!.shape)} elements`, `[${op.shape}]`)
    return { shape: op.shape, dtype: x!.dtype }
  },
  Transpose: (op, [x]) => ({ shape: op.perm.map((axis) => x!.shape[axis]!), dtype: x!.dtype }),
  Slice: (op, [x]) => {
    const size = x!.shape[op.axis]!
    const isKnown = size !== -1
    if (op.start < 0 || (isKnown && op.end > size) || op.start >= op.end)
      fail(op, `a range inside ${size}`, `${op.start}..${op.end}`)
    // Of a size known at run time alone, the rest is cut off by an end beyond all ends.
    const rest = !isKnown && op.end === Number.MAX_SAFE_INTEGER ? -1 : op.end - op.start
    return { shape: x!.shape.map((n, i) => (i === op.axis ? rest : n)), dtype: x!.dtype }
  },
  Concat: (op, inputs) => ({
    dtype: inputs[0]!.dtype,
    shape: inputs[0]!.shape.map((n, i) => {
      if (i !== op.axis) return n
      const sizes = inputs.map((v) => v.shape[i]!)
      return sizes.includes(-1) ? -1 : sizes.reduce((sum, size) => sum + size, 0)
    }),
  }),
  Split: (op, [x]) => {
    if (op.sizes.reduce((sum, n) => sum + n, 0) !== x!.shape[op.axis])
      fail(op, `sizes that add up to ${x!.shape[op.axis]}`, `[${op.sizes}]`)
    return op.sizes.map((size) => ({
      shape: x!.shape.map((n, i) => (i === op.axis ? size : n)),
      dtype: x!.dtype,
    }))
  },
  Cast: (op, [x]) => ({ shape: x!.shape, dtype: op.to }),
  Expand: (op, [x]) => ({ shape: broadcastShapes(op, x!.shape, op.shape), dtype: x!.dtype }),
  Fence: same,
  MoveRows: (op, [x, from, back]) => {
    if (x!.shape[0] !== back!.shape[0] || x!.shape.length !== 2)
      fail(op, 'x [M,D], from [N,…] and back [M,…]', show([x!, from!, back!]))
    return { shape: [from!.shape[0]!, x!.shape[1]!], dtype: x!.dtype }
  },
  SequenceAttention: (op, [q, k, v]) => {
    const headDim = q!.shape[1]! / op.heads
    if ([k!, v!].some(({ shape }) => shape[1] !== op.kvHeads * headDim))
      fail(op, 'q [S·Q,H·hd], k and v [S·K,Hkv·hd]', show([q!, k!, v!]))
    return { shape: q!.shape, dtype: q!.dtype }
  },
  SequenceAttentionGrad: (_, [, , q, k, v]) => [q!, k!, v!].map(({ shape, dtype }) => ({ shape, dtype })),
  Dequantize: (op, [codes, scales]) => {
    const [out, width] = codes!.shape
    const blocks = Math.ceil(op.input / 64)
    if (
      width !== (op.bits === 8 ? op.input : Math.ceil(op.input / 2)) ||
      scales!.shape.join() !== [out, blocks].join()
    )
      fail(op, `codes [out,…] of ${op.input} numbers and scales [out,${blocks}]`, show([codes!, scales!]))
    return { shape: [out!, op.input], dtype: scales!.dtype }
  },
  CachedAttention: (_, [q, , , pastK, pastV]) =>
    [q!, pastK!, pastV!].map(({ shape, dtype }) => ({ shape, dtype })),
  StepAttention: (op, inputs) => {
    const [q, k, v, pastK, pastV] = inputs as [Value, Value, Value, Value, Value]
    const [rows, , , headDim] = pastK.shape as [number, number, number, number]
    const width = op.kvHeads * headDim
    const isFit =
      q.shape[1] === op.heads * headDim &&
      [k, v].every(({ shape }) => shape[1] === width) &&
      pastV.shape.join() === pastK.shape.join()
    if (!isFit)
      fail(op, `q [B,H·hd], k and v [B,Hkv·hd], two pasts [B,Hkv,C,hd]`, show([q, k, v, pastK, pastV]))
    const added = { shape: [rows, op.kvHeads, 1, headDim], dtype: k.dtype }
    return [{ shape: q.shape, dtype: q.dtype }, added, added]
  },
  Less: compare,
  LessOrEqual: compare,
  Equal: compare,
  And: compare,
  Or: compare,
  Not: same,
  Where: (op, [condition, a, b]) => ({
    shape: broadcastShapes(op, condition!.shape, broadcastShapes(op, a!.shape, b!.shape)),
    dtype: a!.dtype,
  }),
  ArgMax: (_, [x]) => ({ shape: x!.shape.slice(0, -1), dtype: 'i64' }),
  TopK: (op, [x]) =>
    [x!.dtype, 'i64' as const].map((dtype) => ({ shape: [...x!.shape.slice(0, -1), op.k], dtype })),
  CumSum: same,
  ReduceMax: (op, [x]) => ({
    shape: op.keepDims ? [...x!.shape.slice(0, -1), 1] : x!.shape.slice(0, -1),
    dtype: x!.dtype,
  }),
  GatherElements: (_, [x, index]) => ({ shape: index!.shape, dtype: x!.dtype }),
  GatherAxis: (op, [x, index]) => ({
    shape: [...x!.shape.slice(0, op.axis), ...index!.shape, ...x!.shape.slice(op.axis + 1)],
    dtype: x!.dtype,
  }),
  ReplaceRows: (op, [data, updates, indices]) => {
    const [rows] = indices!.shape
    if (updates!.shape[0] !== rows || updates!.shape.slice(1).join() !== data!.shape.slice(1).join())
      fail(op, 'data [N,…], updates [R,…] and indices [R]', show([data!, updates!, indices!]))
    return { shape: data!.shape, dtype: data!.dtype }
  },
  PutElements: (op, [x, updates, at]) => {
    if ([x, updates, at].some((value) => value!.shape.length !== 1))
      fail(op, 'x [N], updates [M] and places [M]', show([x!, updates!, at!]))
    return { shape: x!.shape, dtype: x!.dtype }
  },
  RowsBetween: (_, [x]) => ({ shape: [-1, ...x!.shape.slice(1)], dtype: x!.dtype }),
  Positions: () => ({ shape: [-1], dtype: 'i64' }),
  ReshapeTo: (op, [x]) => ({ shape: op.shape, dtype: x!.dtype }),
  Capture: same,
  If: (op) => {
    const [yes, no] = [[...op.yes.results.values()], [...op.no.results.values()]]
    return yes.map(({ shape, dtype }, i) => {
      if (no[i]?.dtype !== dtype || no[i].shape.length !== shape.length)
        fail(op, `the same results of both graphs`, show([...yes, ...no]))
      const other = no[i].shape
      return { shape: shape.map((n, axis) => (n === other[axis] ? n : -1)), dtype }
    })
  },
  Loop: (op) => {
    const outputs = [...op.body.results.values()].slice(1) // the first is the condition
    return outputs.map(({ shape, dtype }, i) =>
      i < op.carried ? { shape, dtype } : { shape: [-1, ...shape], dtype },
    )
  },
}

export function inferOutputs(op: Op, inputs: readonly Value[]): ValueType[] {
  const type = (rules[op.kind] as AnyRule)(op, inputs)
  return Array.isArray(type) ? type : [{ shape: type.shape, dtype: type.dtype }]
}

export const sizeOf = (shape: Shape): number => shape.reduce((n, size) => n * size, 1)

function broadcastShapes(op: Op, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, i) => {
    const n = a[a.length - rank + i] ?? 1
    const m = b[b.length - rank + i] ?? 1
    if (n !== m && n !== 1 && m !== 1) fail(op, 'shapes that broadcast', `[${a}] and [${b}]`)
    return n === 1 ? m : n
  })
}

const swapped = (shape: Shape): Shape => [shape[1]!, shape[0]!]
const show = (values: readonly Value[]): string => values.map((v) => `[${v.shape}]`).join(' and ')

function fail(op: Op, expected: string, found: string): never {
  throw new Error(`shape mismatch in ${op.kind}: expected ${expected}, found ${found}`)
}
