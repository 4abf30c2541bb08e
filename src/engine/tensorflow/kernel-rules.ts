import type { Graph } from '../tensor/graph.ts'
import type { Op, OpKind, OpOf } from '../tensor/op.ts'
import { nf4Levels, quantizedBlock } from '../tensor/quantized-codes.ts'
import { cachedAttention, stepAttention } from './cached-attention.ts'
import type { Tensor, TensorFlow } from './library.ts'
import { sequenceAttention, sequenceAttentionGrad } from './sequence-attention.ts'
import { heldType, roundedTo } from './tensor-data.ts'

/**
 * The one table: op → TensorFlow.js kernels, in float32. Only kernels that tfjs-node has natively are used. A rule may
 * leave intermediates behind and may return an input: the program tidies up and copies.
 */
export interface KernelContext {
  tf: TensorFlow
  /** Runs a graph within the program on tensors that become its own; its results are the caller's. */
  runGraph(graph: Graph, inputs: readonly Tensor[]): Tensor[]
}

type Rule<K extends OpKind> = (
  c: KernelContext,
  x: readonly Tensor[],
  op: OpOf<K>,
) => Tensor | readonly Tensor[]
/** A rule that reads nothing from its op. */
type PlainRule = (c: KernelContext, x: readonly Tensor[]) => Tensor

const unary =
  (f: (tf: TensorFlow, x: Tensor) => Tensor): PlainRule =>
  ({ tf }, [x]) =>
    f(tf, x!)
const binary =
  (f: (tf: TensorFlow, a: Tensor, b: Tensor) => Tensor): PlainRule =>
  ({ tf }, [a, b]) =>
    f(tf, a!, b!)

/** What a program holds before it runs. */
export type Leaf = 'Input' | 'Const' | 'External'

export const kernelRules: { [K in Exclude<OpKind, Leaf>]: Rule<K> } = {
  Gemm: ({ tf }, [a, b, bias], { transA, transB, alpha }) => {
    const product = scaled(tf, tf.matMul(a!, b!, transA, transB), alpha)
    return bias ? tf.add(product, bias) : product
  },
  MatMul: ({ tf }, [a, b], { transA, transB, alpha }) => scaled(tf, tf.matMul(a!, b!, transA, transB), alpha),
  GatherRows: binary((tf, table, ids) => tf.gather(table, ids)),
  ScatterAddRows: ({ tf }, [updates, ids], { rows }) =>
    tf.unsortedSegmentSum(updates!, ids as Parameters<typeof tf.unsortedSegmentSum>[1], rows),
  Add: binary((tf, a, b) => tf.add(a, b)),
  Sub: binary((tf, a, b) => tf.sub(a, b)),
  Mul: binary((tf, a, b) => tf.mul(a, b)),
  // ONNX cuts a quotient of whole numbers towards 0, TensorFlow.js rounds it down.
  Div: binary((tf, a, b) =>
    a.dtype === 'int32'
      ? tf.mul(tf.floorDiv(tf.abs(a), tf.abs(b)), tf.mul(tf.sign(a), tf.sign(b)))
      : tf.div(a, b),
  ),
  Max: binary((tf, a, b) => tf.maximum(a, b)),
  Neg: unary((tf, x) => tf.neg(x)),
  Exp: unary((tf, x) => tf.exp(x)),
  Log: unary((tf, x) => tf.log(x)),
  Sqrt: unary((tf, x) => tf.sqrt(x)),
  Sigmoid: unary((tf, x) => tf.sigmoid(x)),
  Silu: unary((tf, x) => tf.mul(x, tf.sigmoid(x))),
  Relu: unary((tf, x) => tf.relu(x)),
  // max(x,0) + log(1 + exp(−|x|)): never overflows; the library's own cuts its tails
  Softplus: unary((tf, x) => tf.add(tf.relu(x), tf.log1p(tf.exp(tf.neg(tf.abs(x)))))),
  Tanh: unary((tf, x) => tf.tanh(x)),
  GeluTanh: unary((tf, x) => {
    const inner = tf.mul(x, tf.add(tf.mul(tf.square(x), 0.044715), 1))
    const tanh = tf.tanh(tf.mul(inner, Math.sqrt(2 / Math.PI)))
    return tf.mul(tf.mul(x, 0.5), tf.add(tanh, 1))
  }),
  Step: unary((tf, x) => tf.cast(tf.greater(x, 0), x.dtype)),
  ReduceSum: ({ tf }, [x], { axes, keepDims }) => tf.sum(x!, [...axes], keepDims),
  MeanSquare: unary(meanSquare),
  RmsNorm: ({ tf }, [x, weight], { eps }) => {
    const inverse = tf.rsqrt(tf.add(meanSquare(tf, x!), eps))
    return tf.mul(tf.mul(x!, inverse), weight!)
  },
  Softmax: unary((tf, x) => tf.softmax(x)),
  TokenLogProb: binary((tf, logits, targets) => {
    const [rows, vocab] = logits.shape as [number, number]
    const starts = tf.mul(tf.range(0, rows, 1, 'int32'), tf.scalar(vocab, 'int32'))
    const chosen = tf.gather(tf.reshape(tf.logSoftmax(logits), [-1]), tf.add(starts, targets))
    return tf.reshape(chosen, [rows, 1])
  }),
  TokenEntropy: unary((tf, logits) => {
    const logProbs = tf.logSoftmax(logits)
    return tf.neg(tf.sum(tf.mul(tf.exp(logProbs), logProbs), -1, true))
  }),
  TokenLogProbGrad: ({ tf }, [logits, targets, g]) => {
    const chosen = tf.oneHot(targets!, logits!.shape[1]!, 1, 0, 'float32')
    return tf.mul(g!, tf.sub(chosen, tf.exp(tf.logSoftmax(logits!))))
  },
  Rope: ({ tf }, [x, cos, sin], { inverse }) => {
    const [b, s, width] = x!.shape as [number, number, number]
    const half = cos!.shape[1]!
    const heads = tf.reshape(x!, [b, s, width / (2 * half), 2 * half])
    const [first, second] = tf.split(heads, 2, 3) as [Tensor, Tensor]
    const c = tf.reshape(cos!, [1, s, 1, half])
    const angle = tf.reshape(sin!, [1, s, 1, half])
    const turn = inverse ? tf.neg(angle) : angle
    const turned = [
      tf.sub(tf.mul(first, c), tf.mul(second, turn)),
      tf.add(tf.mul(second, c), tf.mul(first, turn)),
    ]
    return tf.reshape(tf.concat(turned, 3), [b, s, width])
  },
  Reshape: ({ tf }, [x], { shape }) => tf.reshape(x!, [...shape]),
  Transpose: ({ tf }, [x], { perm }) => tf.transpose(x!, [...perm]),
  Slice: ({ tf }, [x], { axis, start, end }) => cut(tf, x!, axis, start, end),
  Concat: ({ tf }, x, { axis }) => tf.concat([...x], axis),
  Split: ({ tf }, [x], { axis, sizes }) => tf.split(x!, [...sizes], axis),
  Cast: ({ tf }, [x], { to }) =>
    to === 'f16' || to === 'bf16' ? roundedTo(tf, x!, to) : tf.cast(x!, heldType(to)),
  Expand: ({ tf }, [x], { shape }) =>
    tf.broadcastTo(
      x!,
      // A size of 1 asked for leaves what is there.
      shape.map((n, i) => Math.max(n, x!.shape[i - shape.length + x!.rank] ?? 1)),
    ),
  Fence: (_, [x]) => x!,
  MoveRows: binary((tf, x, from) => {
    const moved = tf.gather(tf.concat([x, tf.zeros([1, x.shape[1]!])], 0), from)
    return from.rank === 1 ? moved : tf.sum(moved, 1)
  }),
  SequenceAttention: ({ tf }, x, op) => sequenceAttention(tf, x, op),
  SequenceAttentionGrad: ({ tf }, x, op) => sequenceAttentionGrad(tf, x, op),
  Dequantize: ({ tf }, [codes, scales], { bits, input }) => {
    const [out] = codes!.shape as [number, number]
    const numbers = bits === 8 ? tf.cast(codes!, 'float32') : nf4Numbers(tf, codes!)
    const whole = scales!.shape[1]! * quantizedBlock
    const padded = tf.pad(tf.reshape(numbers, [out, -1]), [
      [0, 0],
      [0, whole - numbers.size / out],
    ])
    const blocks = tf.reshape(padded, [out, -1, quantizedBlock])
    return cut(tf, tf.reshape(tf.mul(blocks, tf.expandDims(scales!, 2)), [out, whole]), 1, 0, input)
  },
  CachedAttention: ({ tf }, x, op) => cachedAttention(tf, x, op),
  StepAttention: ({ tf }, x, op) => stepAttention(tf, x, op),
  Less: binary((tf, a, b) => tf.less(a, b)),
  LessOrEqual: binary((tf, a, b) => tf.lessEqual(a, b)),
  Equal: binary((tf, a, b) => tf.equal(a, b)),
  And: binary((tf, a, b) => tf.logicalAnd(a, b)),
  Or: binary((tf, a, b) => tf.logicalOr(a, b)),
  Not: unary((tf, x) => tf.logicalNot(x)),
  Where: ({ tf }, [condition, a, b]) => tf.where(condition!, a!, b!),
  ArgMax: unary((tf, x) => tf.argMax(x, -1)),
  TopK: ({ tf }, [x], { k }) => {
    const { values, indices } = tf.topk(x!, k)
    return [values, indices]
  },
  // The plain backend (4.22) gives nothing at all for axis −1.
  CumSum: ({ tf }, [x], { exclusive }) => tf.cumsum(x!, x!.rank - 1, exclusive),
  ReduceMax: ({ tf }, [x], { keepDims }) => tf.max(x!, -1, keepDims),
  GatherElements: ({ tf }, [x, index], { axis }) => gatherElements(tf, x!, index!, axis),
  GatherAxis: ({ tf }, [x, index], { axis }) => tf.gather(x!, index!, axis),
  ReplaceRows: ({ tf }, [data, updates, indices]) =>
    indices!.size === 0 ? data! : tf.tensorScatterUpdate(data!, tf.reshape(indices!, [-1, 1]), updates!),
  PutElements: ({ tf }, [x, updates, at]) => tf.tensorScatterUpdate(x!, tf.reshape(at!, [-1, 1]), updates!),
  RowsBetween: ({ tf }, [x, start, end]) => {
    const [from, to] = [start!, end!].map((t) => Math.min(t.dataSync()[0]!, x!.shape[0]!)) as [number, number]
    return cut(tf, x!, 0, from, Math.max(from, to))
  },
  Positions: ({ tf }, [x]) =>
    tf.tensor1d(
      Int32Array.from([...x!.dataSync().entries()].flatMap(([i, holds]) => (holds ? [i] : []))),
      'int32',
    ),
  ReshapeTo: ({ tf }, [x, shape]) => tf.reshape(x!, [...shape!.dataSync()]),
  Capture: (_, [x]) => x!,
  If: ({ runGraph }, [condition], { yes, no }) => runGraph(condition!.dataSync()[0] ? yes : no, []),
  Loop: ({ tf, runGraph }, x, { body, trips, carried, stacked }) => {
    let state = x.map((value) => tf.clone(value))
    const rows: Tensor[][] = Array.from({ length: stacked }, () => [])
    let goes = true
    for (let step = 0; step < trips && goes; step++) {
      const inputs = [tf.scalar(step, 'int32'), tf.scalar(true, 'bool'), ...state]
      const [condition, ...results] = runGraph(body, inputs) as [Tensor, ...Tensor[]]
      goes = Boolean(condition.dataSync()[0])
      condition.dispose()
      state = results.slice(0, carried)
      results.slice(carried).forEach((row, i) => rows[i]!.push(row))
    }
    return [...state, ...rows.map((parts) => tf.stack(parts))]
  },
}

type AnyRule = (c: KernelContext, x: readonly Tensor[], op: Op) => Tensor | readonly Tensor[]

export function runOp(
  context: KernelContext,
  op: Exclude<Op, { kind: Leaf }>,
  inputs: readonly Tensor[],
): readonly Tensor[] {
  const result = (kernelRules[op.kind] as AnyRule)(context, inputs, op)
  return Array.isArray(result) ? result : [result as Tensor]
}

const scaled = (tf: TensorFlow, x: Tensor, alpha: number): Tensor => (alpha === 1 ? x : tf.mul(x, alpha))

function meanSquare(tf: TensorFlow, x: Tensor): Tensor {
  return tf.mean(tf.square(x), -1, true)
}

/** Two levels a byte, the first in the high half. */
function nf4Numbers(tf: TensorFlow, codes: Tensor): Tensor {
  const pairs = Array.from({ length: 256 }, (_, byte) => [nf4Levels[byte >> 4]!, nf4Levels[byte & 15]!])
  return tf.gather(tf.tensor2d(pairs), tf.cast(codes, 'int32'))
}

function cut(tf: TensorFlow, x: Tensor, axis: number, start: number, end: number): Tensor {
  const begin = x.shape.map((_, i) => (i === axis ? start : 0))
  const size = x.shape.map((n, i) => (i === axis ? end - start : n))
  return tf.slice(x, begin, size)
}

/** There is no such kernel: the elements are looked up by their places in the flat tensor. */
function gatherElements(tf: TensorFlow, x: Tensor, index: Tensor, axis: number): Tensor {
  const strides = x.shape.map((_, i) => x.shape.slice(i + 1).reduce((n, size) => n * size, 1))
  const starts = new Int32Array(index.size)
  let inner = 1
  for (let dimension = index.rank - 1; dimension >= 0; dimension--) {
    const size = index.shape[dimension]!
    if (dimension !== axis)
      for (let i = 0; i < starts.length; i++)
        starts[i]! += (Math.floor(i / inner) % size) * strides[dimension]!
    inner *= size
  }
  const along = tf.mul(tf.reshape(index, [-1]), tf.scalar(strides[axis]!, 'int32'))
  const places = tf.add(along, tf.tensor1d(starts, 'int32'))
  return tf.reshape(tf.gather(tf.reshape(x, [-1]), places), index.shape)
}
