import type { Dtype } from '../tensor/dtype.ts'
import { isHalf } from '../tensor/half-floats.ts'
import type { Op, OpKind, OpOf } from '../tensor/op.ts'
import type { ValueType } from '../tensor/shape-rules.ts'
import { dataType, externalTensorProto } from './onnx-proto.ts'
import type { LoweringContext } from './lowering-context.ts'
import { cumulativeSum } from './cumulative-sum.ts'
import { dequantized } from './dequantize.ts'
import { fenced, moveRows } from './row-moves.ts'
import { type AttentionKernels, sequenceAttention, sequenceAttentionGrad } from './sequence-attention.ts'
import { stepAttention } from './step-attention.ts'

/**
 * The one table: op → ONNX nodes. On the processor f32 uses ONNX Runtime's fused kernels; f64 (gradient checks) uses plain
 * ONNX, because FusedMatMul, QuickGelu and RotaryEmbedding have no float64 kernel. WebGPU has no kernel for FusedMatMul and
 * LogSoftmax, and a node without one would run on the processor, with all that it reads and writes going there and back.
 */
type Rule<K extends OpKind> = (
  c: LoweringContext,
  x: readonly string[],
  op: OpOf<K>,
  inputs: readonly ValueType[],
) => string | string[]
/** A rule that reads nothing from its op. */
type PlainRule = (c: LoweringContext, x: readonly string[]) => string

const plain =
  (opType: string): PlainRule =>
  (c, x) =>
    c.one(opType, x)
const microsoft = { domain: 'com.microsoft' } as const
const isDouble = (inputs: readonly ValueType[]): boolean => inputs[0]!.dtype === 'f64'
const flag = (value: boolean): number => (value ? 1 : 0)

export const loweringRules: { [K in Exclude<OpKind, 'Input'>]: Rule<K> } = {
  Const: (c, _, op) => c.constant(op.dtype, op.shape, op.data),
  External: (c, _, op) => {
    c.initializers.push(externalTensorProto(op.name, op.dtype, op.shape, op.file, op.offset, op.bytes))
    return op.name
  },
  Gemm: (c, x, { transA, transB, alpha }) =>
    c.one('Gemm', x, { transA: flag(transA), transB: flag(transB), alpha: { float: alpha } }),
  MatMul: (c, [a, b], { transA, transB, alpha }, inputs) => {
    if (!isDouble(inputs) && c.provider !== 'webgpu') {
      return c.one(
        'FusedMatMul',
        [a!, b!],
        { transA: flag(transA), transB: flag(transB), alpha: { float: alpha } },
        microsoft,
      )
    }
    const turned = (name: string, value: ValueType, flip: boolean) =>
      flip ? c.one('Transpose', [name], { perm: swapLast(value.shape.length) }) : name
    const product = c.one('MatMul', [turned(a!, inputs[0]!, transA), turned(b!, inputs[1]!, transB)])
    return alpha === 1 ? product : c.one('Mul', [product, c.scalar(inputs[0]!.dtype, alpha)])
  },
  GatherRows: (c, x) => c.one('Gather', x, { axis: 0 }),
  ScatterAddRows: (c, [updates, ids], op, inputs) => {
    const [value] = inputs
    const dtype = value!.dtype
    if (c.provider === 'webgpu') return addedByProduct(c, updates!, ids!, op.rows, dtype)
    // CUDA's kernel adds no bf16, and in f16 it would round every sum.
    const wide = isHalf(dtype) ? 'f32' : dtype
    const added = wide === dtype ? updates! : c.one('Cast', [updates!], { to: dataType(wide) })
    const zeros = c.one('Expand', [c.scalar(wide, 0), c.ints([op.rows, value!.shape[1]!])])
    const index = c.one('Unsqueeze', [c.one('Cast', [ids!], { to: dataType('i64') }), c.ints([1])])
    const sums = c.one('ScatterND', [zeros, index, added], { reduction: 'add' })
    return wide === dtype ? sums : c.one('Cast', [sums], { to: dataType(dtype) })
  },
  Add: plain('Add'),
  Sub: plain('Sub'),
  Mul: plain('Mul'),
  Div: plain('Div'),
  Max: plain('Max'),
  Neg: plain('Neg'),
  Exp: plain('Exp'),
  Log: plain('Log'),
  Sqrt: plain('Sqrt'),
  Sigmoid: plain('Sigmoid'),
  Relu: plain('Relu'),
  Tanh: plain('Tanh'),
  GeluTanh: (c, [x], _, inputs) => {
    if (!isDouble(inputs)) return c.one('FastGelu', [x!], {}, microsoft)
    const number = (value: number) => c.scalar('f64', value)
    const cubic = c.one('Mul', [c.one('Mul', [x!, x!]), number(0.044715)])
    const inner = c.one('Mul', [x!, c.one('Add', [cubic, number(1)])])
    const tanh = c.one('Tanh', [c.one('Mul', [inner, number(Math.sqrt(2 / Math.PI))])])
    return c.one('Mul', [c.one('Mul', [x!, number(0.5)]), c.one('Add', [tanh, number(1)])])
  },
  // In f64 x / (1 + exp(−x)): x·σ(x) would be fused into QuickGelu again.
  Silu: (c, [x], _, inputs) =>
    isDouble(inputs)
      ? c.one('Div', [x!, c.one('Add', [c.one('Exp', [c.one('Neg', [x!])]), c.scalar('f64', 1)])])
      : c.one('QuickGelu', [x!], { alpha: { float: 1 } }, microsoft),
  // max(x,0) + log(1 + exp(−|x|)): never overflows
  Softplus: (c, [x], _, inputs) => {
    const small = c.one('Exp', [c.one('Neg', [c.one('Abs', [x!])])])
    return c.one('Add', [
      c.one('Relu', [x!]),
      c.one('Log', [c.one('Add', [small, c.scalar(inputs[0]!.dtype, 1)])]),
    ])
  },
  Step: (c, [x], _, inputs) => {
    const dtype = inputs[0]!.dtype
    return c.one('Cast', [c.one('Greater', [x!, c.scalar(dtype, 0)])], { to: dataType(dtype) })
  },
  ReduceSum: (c, [x], op) => c.one('ReduceSum', [x!, c.ints(op.axes)], { keepdims: flag(op.keepDims) }),
  MeanSquare: (c, [x], _, [value]) => meanSquare(c, x!, value!),
  // In f64 written out: the kernel's eps is a float32 attribute.
  RmsNorm: (c, [x, weight], { eps }, inputs) => {
    if (!isDouble(inputs))
      return c.one('SimplifiedLayerNormalization', [x!, weight!], { axis: -1, epsilon: { float: eps } })
    const size = c.one('Sqrt', [c.one('Add', [meanSquare(c, x!, inputs[0]!), c.scalar('f64', eps)])])
    return c.one('Mul', [c.one('Div', [x!, size]), weight!])
  },
  // Scores are raised to at least the row's maximum − 40: e⁻⁴⁰ is nothing beside 1 in float32, while the processor's kernel
  // takes 5 times as long for rows with masked scores, whose exponential is a denormal on the way to 0.
  Softmax: (c, [x], _, inputs) => {
    if (isDouble(inputs) || c.provider === 'webgpu') return c.one('Softmax', [x!], { axis: -1 })
    const floor = c.one('Sub', [
      c.one('ReduceMax', [x!, c.ints([-1])], { keepdims: 1 }),
      c.scalar(inputs[0]!.dtype, 40),
    ])
    return c.one('Softmax', [c.one('Max', [x!, floor])], { axis: -1 })
  },
  TokenLogProb: (c, [logits, targets]) => {
    const logProbs = logSoftmax(c, logits!)
    return c.one('GatherElements', [logProbs, c.one('Unsqueeze', [targets!, c.ints([1])])], { axis: 1 })
  },
  // A product of a row and a column per token: p·log p as a tensor [R,V] of its own would cost more memory than time.
  TokenEntropy: (c, [logits], _, inputs) => {
    const logProbs = logSoftmax(c, logits!)
    const row = c.one('Unsqueeze', [c.one('Exp', [logProbs]), c.ints([1])])
    const product = c.one('MatMul', [row, c.one('Unsqueeze', [logProbs, c.ints([2])])])
    return c.one('Neg', [c.one('Reshape', [product, c.ints([inputs[0]!.shape[0]!, 1])])])
  },
  TokenLogProbGrad: (c, [logits, targets, g]) => {
    const probabilities = c.one('Exp', [logSoftmax(c, logits!)])
    const minus = c.one('Mul', [probabilities, c.one('Neg', [g!])])
    return c.one('ScatterElements', [minus, c.one('Unsqueeze', [targets!, c.ints([1])]), g!], {
      axis: 1,
      reduction: 'add',
    })
  },
  Rope: (c, [x, cos, sin], { inverse }, inputs) => {
    const signed = inverse ? c.one('Neg', [sin!]) : sin!
    const [b, s, width] = inputs[0]!.shape
    const half = inputs[1]!.shape[1]!
    if (!isDouble(inputs))
      return c.one('RotaryEmbedding', [x!, c.ints([0]), cos!, signed], { interleaved: 0 }, microsoft)
    const heads = c.one('Reshape', [x!, c.ints([b!, s!, width! / (2 * half), 2 * half])])
    const part = (from: number) => c.one('Slice', [heads, c.ints([from]), c.ints([from + half]), c.ints([3])])
    const angle = (name: string) => c.one('Reshape', [name, c.ints([1, s!, 1, half])])
    const [first, second] = [part(0), part(half)]
    const turn = (a: string, b2: string, op: string) =>
      c.one(op, [c.one('Mul', [a, angle(cos!)]), c.one('Mul', [b2, angle(signed)])])
    return c.one('Reshape', [
      c.one('Concat', [turn(first, second, 'Sub'), turn(second, first, 'Add')], { axis: 3 }),
      c.ints([b!, s!, width!]),
    ])
  },
  Reshape: (c, [x], op) => c.one('Reshape', [x!, c.ints(op.shape)]),
  Transpose: (c, x, op) => c.one('Transpose', x, { perm: op.perm }),
  Slice: (c, [x], op) => c.one('Slice', [x!, c.ints([op.start]), c.ints([op.end]), c.ints([op.axis])]),
  Concat: (c, x, op) => c.one('Concat', x, { axis: op.axis }),
  Split: (c, [x], { axis, sizes }) =>
    c.emit('Split', [x!, c.ints(sizes)], { axis }, { outputs: sizes.length }),
  Cast: (c, x, op) => c.one('Cast', x, { to: dataType(op.to) }),
  Expand: (c, [x], op) => c.one('Expand', [x!, c.ints(op.shape)]),
  Fence: fenced,
  MoveRows: moveRows,
  SequenceAttention: (c, x, op, inputs) => sequenceAttention(c, x, op, inputs, attentionKernels).o,
  SequenceAttentionGrad: (c, [g, o, ...x], op, [, , ...inputs]) =>
    sequenceAttentionGrad(c, g!, o!, x, op, inputs, attentionKernels),
  Dequantize: dequantized,
  CachedAttention: (c, x, { heads, kvHeads, scale, window, softcap }) =>
    c.emit(
      'GroupQueryAttention',
      x,
      {
        num_heads: heads,
        kv_num_heads: kvHeads,
        do_rotary: 1,
        rotary_interleaved: 0,
        scale: { float: scale },
        softcap: { float: softcap },
        local_window_size: window ?? -1,
      },
      { ...microsoft, outputs: 3 },
    ),
  StepAttention: stepAttention,
  Less: plain('Less'),
  LessOrEqual: plain('LessOrEqual'),
  Equal: plain('Equal'),
  And: plain('And'),
  Or: plain('Or'),
  Not: plain('Not'),
  Where: plain('Where'),
  ArgMax: (c, x) => c.one('ArgMax', x, { axis: -1, keepdims: 0 }),
  TopK: (c, [x], { k }) => c.emit('TopK', [x!, c.ints([k])], { axis: -1 }, { outputs: 2 }),
  CumSum: (c, [x], { exclusive }, [value]) => {
    const { shape } = value!
    if (c.provider === 'webgpu') return cumulativeSum(c, x!, shape, exclusive)
    const axis = c.constant('i64', [], BigInt64Array.of(BigInt(shape.length - 1)))
    return c.one('CumSum', [x!, axis], { exclusive: flag(exclusive) })
  },
  ReduceMax: (c, [x], { keepDims }) => c.one('ReduceMax', [x!, c.ints([-1])], { keepdims: flag(keepDims) }),
  GatherElements: (c, x, { axis }) => c.one('GatherElements', x, { axis }),
  GatherAxis: (c, x, { axis }) => c.one('Gather', x, { axis }),
  ReplaceRows: (c, [data, updates, indices], _, inputs) => {
    const [, rows, ids] = inputs
    // WebGPU has no 64-bit integers, which ScatterND's indices must be: every number of a row gets the row's own.
    if (c.provider === 'webgpu' && rows!.shape.length === 2) {
      const perNumber = c.one('Expand', [c.one('Unsqueeze', [indices!, c.ints([1])]), c.ints(rows!.shape)])
      return c.one('ScatterElements', [data!, perNumber, updates!], { axis: 0 })
    }
    const wide = ids!.dtype === 'i64' ? indices! : c.one('Cast', [indices!], { to: dataType('i64') })
    return c.one('ScatterND', [data!, c.one('Unsqueeze', [wide, c.ints([1])]), updates!])
  },
  // Its node must give the program's output itself: where that is written in place (see ProgramOptions), WebGPU's kernel then
  // touches the places alone, and copies nothing.
  PutElements: (c, [x, updates, at]) =>
    c.one('ScatterElements', [x!, at!, updates!], { axis: 0 }, { as: c.resultName }),
  RowsBetween: (c, [x, start, end]) => c.one('Slice', [x!, start!, end!, c.ints([0])]),
  Positions: (c, x) => c.one('Reshape', [c.one('NonZero', x), c.ints([-1])]),
  ReshapeTo: (c, x) => c.one('Reshape', x),
  // An inner graph sees the names of those around it.
  Capture: (_, [x]) => x!,
  If: (c, x, { yes, no }) =>
    c.emit(
      'If',
      x,
      { then_branch: { graph: c.lowerBody(yes, c) }, else_branch: { graph: c.lowerBody(no, c) } },
      { outputs: yes.results.size },
    ),
  Loop: (c, x, op) =>
    c.emit(
      'Loop',
      [
        c.constant('i64', [], BigInt64Array.of(BigInt(op.trips))),
        c.constant('bool', [], Uint8Array.of(1)),
        ...x,
      ],
      { body: { graph: c.lowerBody(op.body, c) } },
      { outputs: op.carried + op.stacked },
    ),
}

/** The rules' own: of tensors of four axes, whose sizes are not looked at. */
const attentionKernels: AttentionKernels = {
  product: (c, dtype, a, b, form) => {
    const type = { dtype, shape: [-1, -1, -1, -1] }
    const op = { kind: 'MatMul', transA: false, transB: false, alpha: 1, ...form } as const
    return loweringRules.MatMul(c, [a, b], op, [type, type]) as string
  },
  softmax: (c, dtype, x) => {
    const type = { dtype, shape: [-1, -1, -1, -1] }
    return loweringRules.Softmax(c, [x], { kind: 'Softmax' }, [type]) as string
  },
}

type AnyRule = (
  c: LoweringContext,
  x: readonly string[],
  op: Op,
  inputs: readonly ValueType[],
) => string | string[]

export function lowerOp(
  context: LoweringContext,
  op: Exclude<Op, { kind: 'Input' }>,
  names: readonly string[],
  inputs: readonly ValueType[],
): string[] {
  const lowered = (loweringRules[op.kind] as AnyRule)(context, names, op, inputs)
  return Array.isArray(lowered) ? lowered : [lowered]
}

function meanSquare(c: LoweringContext, x: string, { shape, dtype }: ValueType): string {
  const sum = c.one('ReduceSumSquare', [x, c.ints([shape.length - 1])], { keepdims: 1 })
  return c.one('Mul', [sum, c.scalar(dtype, 1 / shape.at(-1)!)])
}

/**
 * WebGPU has no 64-bit integers, which ScatterND's indices must be: a product with a matrix of ones where row and id meet,
 * which adds up repeated ids in a fixed order too.
 */
function addedByProduct(
  c: LoweringContext,
  updates: string,
  ids: string,
  rows: number,
  dtype: Dtype,
): string {
  const numbers = c.constant(
    'i32',
    [rows, 1],
    Int32Array.from({ length: rows }, (_, row) => row),
  )
  const meets = c.one('Equal', [numbers, c.one('Unsqueeze', [ids, c.ints([0])])])
  return c.one('MatMul', [c.one('Cast', [meets], { to: dataType(dtype) }), updates])
}

function logSoftmax(c: LoweringContext, x: string): string {
  if (c.provider !== 'webgpu') return c.one('LogSoftmax', [x], { axis: -1 })
  const shifted = c.one('Sub', [x, c.one('ReduceMax', [x, c.ints([-1])], { keepdims: 1 })])
  const sum = c.one('ReduceSum', [c.one('Exp', [shifted]), c.ints([-1])], { keepdims: 1 })
  return c.one('Sub', [shifted, c.one('Log', [sum])])
}

const swapLast = (rank: number): number[] => [
  ...Array.from({ length: rank - 2 }, (_, i) => i),
  rank - 1,
  rank - 2,
]
