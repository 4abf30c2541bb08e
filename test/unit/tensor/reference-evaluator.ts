import type { TensorData } from '../../../src/engine/tensor/dtype.ts'
import type { Graph, Shape, Value } from '../../../src/engine/tensor/graph.ts'
import type { Op, OpKind, OpOf } from '../../../src/engine/tensor/op.ts'
import { nf4Levels } from '../../../src/engine/tensor/quantized-codes.ts'
import { referenceAttention, referenceStepAttention } from './reference-attention.ts'
import { referenceSequenceAttention, referenceSequenceAttentionGrad } from './reference-sequence-attention.ts'
import { indexOf, read, tensor, type Tensor } from './reference-tensor.ts'

/**
 * A second meaning of every op, written as its definition reads: element by element, in float64, without any of
 * ONNX Runtime's kernels.
 */
type Known = Map<Value, Tensor>
type Rule<K extends OpKind> = (
  x: readonly Tensor[],
  op: OpOf<K>,
  outputs: readonly Value[],
  known: Known,
) => Tensor | Tensor[]

const sum = (n: number, term: (i: number) => number): number => {
  let total = 0
  for (let i = 0; i < n; i++) total += term(i)
  return total
}
const each =
  (f: (x: number) => number) =>
  ([x]: readonly Tensor[]): Tensor => ({ shape: x!.shape, data: x!.data.map(f) })
const pairwise =
  (f: (a: number, b: number) => number) =>
  ([a, b]: readonly Tensor[], _: Op, [y]: readonly Value[]): Tensor =>
    tensor(y!.shape, (i) => f(read(a!, i), read(b!, i)))
const rows = (x: Tensor): Float64Array[] => {
  const width = x.shape.at(-1)!
  return Array.from({ length: x.data.length / width }, (_, r) => x.data.subarray(r * width, (r + 1) * width))
}
/** Applies f to every row of the last axis and strings the results together. */
const byRow = (x: Tensor, shape: Shape, f: (row: Float64Array, r: number) => Iterable<number>): Tensor => ({
  shape,
  data: Float64Array.from(rows(x).flatMap((row, r) => [...f(row, r)])),
})
const softmax = (row: Float64Array): Float64Array => {
  const highest = Math.max(...row)
  const powers = row.map((v) => Math.exp(v - highest))
  const total = powers.reduce((a, b) => a + b)
  return powers.map((p) => p / total)
}
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
const truth = (value: boolean): number => (value ? 1 : 0)

const rules: { [K in Exclude<OpKind, 'Input' | 'External'>]: Rule<K> } = {
  Const: (_, { shape, data }) => ({ shape, data: Float64Array.from(data as ArrayLike<number>, Number) }),
  Gemm: ([a, b, bias], { transA, transB, alpha }, [y]) =>
    tensor(y!.shape, ([i, j]) => {
      const k = a!.shape[transA ? 0 : 1]!
      const product = sum(
        k,
        (l) => read(a!, transA ? [l, i!] : [i!, l]) * read(b!, transB ? [j!, l] : [l, j!]),
      )
      return alpha * product + (bias ? bias.data[j!]! : 0)
    }),
  MatMul: ([a, b], { transA, transB, alpha }, [y]) =>
    tensor(y!.shape, (index) => {
      const [i, j] = index.slice(-2) as [number, number]
      const lead = index.slice(0, -2)
      const k = a!.shape.at(transA ? -2 : -1)!
      return (
        alpha *
        sum(
          k,
          (l) =>
            read(a!, [...lead, ...(transA ? [l, i] : [i, l])]) *
            read(b!, [...lead, ...(transB ? [j, l] : [l, j])]),
        )
      )
    }),
  GatherRows: ([table, ids], _, [y]) => tensor(y!.shape, ([i, j]) => read(table!, [ids!.data[i!]!, j!])),
  ScatterAddRows: ([updates, ids], _, [y]) =>
    tensor(y!.shape, ([i, j]) =>
      sum(ids!.data.length, (n) => (ids!.data[n] === i ? read(updates!, [n, j!]) : 0)),
    ),
  Add: pairwise((a, b) => a + b),
  Sub: pairwise((a, b) => a - b),
  Mul: pairwise((a, b) => a * b),
  Div: pairwise((a, b) => a / b),
  Max: pairwise(Math.max),
  Neg: each((x) => -x),
  Exp: each(Math.exp),
  Log: each(Math.log),
  Sqrt: each(Math.sqrt),
  Sigmoid: each(sigmoid),
  Silu: each((x) => x * sigmoid(x)),
  Relu: each((x) => (x > 0 ? x : 0)),
  Tanh: each(Math.tanh),
  GeluTanh: each((x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))),
  Softplus: each((x) => (x > 30 ? x + Math.exp(-x) : Math.log1p(Math.exp(x)))),
  Step: each((x) => truth(x > 0)),
  ReduceSum: ([x], { axes }, [y]) => {
    const kept = tensor(
      x!.shape.map((n, axis) => (axes.includes(axis) ? 1 : n)),
      () => 0,
    )
    x!.data.forEach((value, i) => {
      const index = indexOf(x!.shape, i).map((at, axis) => (axes.includes(axis) ? 0 : at))
      kept.data[index.reduce((at, n, axis) => at * kept.shape[axis]! + n, 0)]! += value
    })
    return { shape: y!.shape, data: kept.data }
  },
  MeanSquare: ([x], _, [y]) =>
    byRow(x!, y!.shape, (row) => [sum(row.length, (i) => row[i]! ** 2) / row.length]),
  RmsNorm: ([x, weight], { eps }) =>
    byRow(x!, x!.shape, (row) => {
      const size = Math.sqrt(sum(row.length, (i) => row[i]! ** 2) / row.length + eps)
      return row.map((v, i) => (v / size) * weight!.data[i]!)
    }),
  Softmax: ([x]) => byRow(x!, x!.shape, softmax),
  TokenLogProb: ([x, targets], _, [y]) =>
    byRow(x!, y!.shape, (row, r) => [Math.log(softmax(row)[targets!.data[r]!]!)]),
  TokenEntropy: ([x], _, [y]) =>
    byRow(x!, y!.shape, (row) => [
      -softmax(row).reduce((total, p) => total + (p > 0 ? p * Math.log(p) : 0), 0),
    ]),
  TokenLogProbGrad: ([x, targets, g]) =>
    byRow(x!, x!.shape, (row, r) =>
      softmax(row).map((p, i) => g!.data[r]! * (truth(i === targets!.data[r]) - p)),
    ),
  Rope: ([x, cos, sin], { inverse }) =>
    tensor(x!.shape, ([b, s, at]) => {
      const half = cos!.shape[1]!
      const i = at! % half
      const isFirst = at! % (2 * half) < half
      const turn = (inverse ? -1 : 1) * read(sin!, [s!, i])
      const other = read(x!, [b!, s!, isFirst ? at! + half : at! - half])
      return read(x!, [b!, s!, at!]) * read(cos!, [s!, i]) + (isFirst ? -turn : turn) * other
    }),
  Reshape: ([x], { shape }) => ({ shape, data: x!.data }),
  Transpose: ([x], { perm }, [y]) =>
    tensor(y!.shape, (index) =>
      read(
        x!,
        x!.shape.map((_, axis) => index[perm.indexOf(axis)]!),
      ),
    ),
  Slice: ([x], { axis, start }, [y]) =>
    tensor(y!.shape, (index) => read(x!, index.with(axis, index[axis]! + start))),
  Concat: (parts, { axis }, [y]) =>
    tensor(y!.shape, (index) => {
      let at = index[axis]!
      let part = 0
      while (at >= parts[part]!.shape[axis]!) at -= parts[part++]!.shape[axis]!
      return read(parts[part]!, index.with(axis, at))
    }),
  Split: ([x], { axis, sizes }, outputs) => {
    let start = 0
    return sizes.map((size, part) => {
      const from = start
      start += size
      return tensor(outputs[part]!.shape, (index) => read(x!, index.with(axis, index[axis]! + from)))
    })
  },
  Cast: ([x], { to }) => ({
    shape: x!.shape,
    data: x!.data.map((v) =>
      to === 'bool' ? truth(v !== 0) : to === 'f32' ? Math.fround(v) : to === 'f64' ? v : Math.trunc(v),
    ),
  }),
  Expand: ([x], _, [y]) => tensor(y!.shape, (index) => read(x!, index)),
  Fence: ([x]) => x!,
  MoveRows: ([x, from], _, [y]) =>
    tensor(y!.shape, ([n, i]) => {
      const width = from!.data.length / from!.shape[0]!
      const named = from!.data.subarray(n! * width, (n! + 1) * width)
      return sum(width, (u) => (named[u] === x!.shape[0] ? 0 : read(x!, [named[u]!, i!])))
    }),
  SequenceAttention: (x, op) => referenceSequenceAttention(x, op),
  SequenceAttentionGrad: (x, op) => referenceSequenceAttentionGrad(x, op),
  Dequantize: ([codes, scales], { bits }, [y]) =>
    tensor(y!.shape, ([row, i]) => {
      const scale = read(scales!, [row!, Math.floor(i! / 64)])
      if (bits === 8) return scale * read(codes!, [row!, i!])
      const byte = read(codes!, [row!, i! >> 1])
      return scale * nf4Levels[i! % 2 === 0 ? byte >> 4 : byte & 15]!
    }),
  CachedAttention: (x, op) => referenceAttention(x, op),
  StepAttention: (x, op) => referenceStepAttention(x, op),
  Less: pairwise((a, b) => truth(a < b)),
  LessOrEqual: pairwise((a, b) => truth(a <= b)),
  Equal: pairwise((a, b) => truth(a === b)),
  And: pairwise((a, b) => a && b),
  Or: pairwise((a, b) => a || b),
  Not: each((x) => 1 - x),
  Where: ([condition, a, b], _, [y]) => tensor(y!.shape, (i) => read(read(condition!, i) ? a! : b!, i)),
  ArgMax: ([x], _, [y]) => byRow(x!, y!.shape, (row) => [row.indexOf(Math.max(...row))]),
  TopK: ([x], { k }, [y]) => {
    const order = (row: Float64Array) =>
      [...row.keys()].toSorted((i, j) => row[j]! - row[i]! || i - j).slice(0, k)
    return [byRow(x!, y!.shape, (row) => order(row).map((i) => row[i]!)), byRow(x!, y!.shape, order)]
  },
  CumSum: ([x], { exclusive }) =>
    byRow(x!, x!.shape, (row) => row.map((_, i) => sum(exclusive ? i : i + 1, (j) => row[j]!))),
  ReduceMax: ([x], _, [y]) => byRow(x!, y!.shape, (row) => [Math.max(...row)]),
  GatherElements: ([x, ids], { axis }, [y]) =>
    tensor(y!.shape, (index) => read(x!, index.with(axis, read(ids!, index)))),
  GatherAxis: ([x, ids], { axis }, [y]) =>
    tensor(y!.shape, (index) => {
      const own = ids!.shape.length
      const at = read(ids!, index.slice(axis, axis + own))
      return read(x!, [...index.slice(0, axis), at, ...index.slice(axis + own)])
    }),
  ReplaceRows: ([data, updates, indices]) => {
    const size = data!.data.length / data!.shape[0]!
    const replaced = data!.data.slice()
    for (const [row, at] of indices!.data.entries())
      replaced.set(updates!.data.subarray(row * size, (row + 1) * size), at * size)
    return { shape: data!.shape, data: replaced }
  },
  PutElements: ([x, updates, at]) => {
    const data = x!.data.slice()
    for (const [i, place] of at!.data.entries()) data[place] = updates!.data[i]!
    return { shape: x!.shape, data }
  },
  RowsBetween: ([x, start, end]) => {
    const [count, ...rest] = x!.shape as [number, ...number[]]
    const [from, to] = [start!.data[0]!, Math.min(end!.data[0]!, count)]
    const size = x!.data.length / count
    return { shape: [to - from, ...rest], data: x!.data.slice(from * size, to * size) }
  },
  Positions: ([x]) => {
    const data = Float64Array.from([...x!.data.keys()].filter((i) => x!.data[i]))
    return { shape: [data.length], data }
  },
  ReshapeTo: ([x, shape]) => ({ shape: [...shape!.data], data: x!.data }),
  Capture: ([x]) => x!,
  If: ([condition], { yes, no }, _, around) => [
    ...evaluateNodes(condition!.data[0] ? yes : no, new Map(around)).values(),
  ],
  Loop: (initial, { body, trips, carried, stacked }, _, around) => {
    let values = [...initial]
    const stacks: Tensor[][] = Array.from({ length: stacked }, () => [])
    let going = 1
    for (let step = 0; step < trips && going; step++) {
      const inputs = body.nodes.filter(({ op }) => op.kind === 'Input')
      const known = new Map(around) // a body sees the values of the graph around it
      const scalar = (value: number): Tensor => ({ shape: [], data: Float64Array.of(value) })
      inputs.forEach((node, i) => known.set(node.outputs[0]!, [scalar(step), scalar(going), ...values][i]!))
      const [condition, ...results] = [...evaluateNodes(body, known).values()]
      going = condition!.data[0]!
      values = results.slice(0, carried)
      results.slice(carried).forEach((value, i) => stacks[i]!.push(value))
    }
    return [
      ...values,
      ...stacks.map((parts) => ({
        shape: [parts.length, ...parts[0]!.shape],
        data: Float64Array.from(parts.flatMap(({ data }) => [...data])),
      })),
    ]
  },
}

type AnyRule = (x: readonly Tensor[], op: Op, outputs: readonly Value[], known: Known) => Tensor | Tensor[]

/** The results of a program without External values, by name. */
export function evaluate(graph: Graph, feeds: Readonly<Record<string, TensorData>>): Record<string, Tensor> {
  const known: Known = new Map()
  for (const { op, outputs } of graph.nodes) {
    if (op.kind === 'Input')
      known.set(outputs[0]!, {
        shape: op.shape,
        data: Float64Array.from(feeds[op.name] as ArrayLike<number>, Number),
      })
  }
  return Object.fromEntries(evaluateNodes(graph, known))
}

function evaluateNodes(graph: Graph, known: Known): Map<string, Tensor> {
  for (const { op, inputs, outputs } of graph.nodes) {
    if (op.kind === 'Input') continue
    const rule = rules[op.kind as keyof typeof rules] as AnyRule
    const found = rule(
      inputs.map((value) => known.get(value)!),
      op,
      outputs,
      known,
    )
    ;(Array.isArray(found) ? found : [found]).forEach((value, i) => known.set(outputs[i]!, value))
  }
  return new Map([...graph.results].map(([name, value]) => [name, known.get(value)!]))
}
