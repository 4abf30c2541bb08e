import * as t from '../tensor/build.ts'
import type { Shape, Value } from '../tensor/graph.ts'
import type { OpKind, OpOf } from '../tensor/op.ts'

/**
 * The one table: op → gradients with respect to its inputs. `g` is the gradient of the loss with respect to the op's
 * output `y`; of an op with several outputs, `gs` has those of all (undefined: the loss does not depend on it). A rule
 * returns one gradient per input, null where none flows (indices, rotation angles).
 * Rules are written in IR ops, so second use of a forward expression costs nothing (Graph shares equal expressions).
 */
type Rule<K extends OpKind> = (
  g: Value,
  inputs: readonly Value[],
  op: OpOf<K>,
  y: Value,
  gs: readonly (Value | undefined)[],
) => (Value | null)[]

/** Ops of generation and leaves: nothing is trained through them. */
type WithoutGradient =
  | 'Input'
  | 'Const'
  | 'External'
  | 'CachedAttention'
  | 'StepAttention'
  | 'Less'
  | 'LessOrEqual'
  | 'Equal'
  | 'And'
  | 'Or'
  | 'Not'
  | 'Where'
  | 'Max'
  | 'ArgMax'
  | 'TopK'
  | 'CumSum'
  | 'ReduceMax'
  | 'GatherElements'
  | 'GatherAxis'
  | 'ReplaceRows'
  | 'PutElements'
  | 'RowsBetween'
  | 'Positions'
  | 'ReshapeTo'
  | 'Capture'
  | 'If'
  | 'Loop'
  | 'Step'
  | 'TokenEntropy' // measured, never minimised
  | 'Dequantize' // frozen
  | 'SequenceAttentionGrad'
  | 'TokenLogProbGrad' // already derivatives; second derivatives are not needed

export const gradientRules: { [K in Exclude<OpKind, WithoutGradient>]: Rule<K> } = {
  Gemm: (g, [a, b, bias], { transA, transB, alpha }) => [
    // y = α·A·B with A = a or aᵀ: dA = α·g·Bᵀ, dB = α·Aᵀ·g, transposed back where the input was transposed
    transA
      ? t.gemm(b!, g, { transA: transB, transB: true, alpha })
      : t.gemm(g, b!, { transB: !transB, alpha }),
    transB
      ? t.gemm(g, a!, { transA: true, transB: transA, alpha })
      : t.gemm(a!, g, { transA: !transA, alpha }),
    ...(bias ? [t.reduceSum(g, [0])] : []),
  ],
  MatMul: (g, [a, b], { transA, transB, alpha }) => [
    transA
      ? t.matMul(b!, g, { transA: transB, transB: true, alpha })
      : t.matMul(g, b!, { transB: !transB, alpha }),
    transB
      ? t.matMul(g, a!, { transA: true, transB: transA, alpha })
      : t.matMul(a!, g, { transA: !transA, alpha }),
  ],
  GatherRows: (g, [table, ids]) => [t.scatterAddRows(g, ids!, table!.shape[0]!), null],
  ScatterAddRows: (g, [, ids]) => [t.gatherRows(g, ids!), null],
  Add: (g, [a, b]) => [reduceTo(g, a!.shape), reduceTo(g, b!.shape)],
  Sub: (g, [a, b]) => [reduceTo(g, a!.shape), reduceTo(t.neg(g), b!.shape)],
  Mul: (g, [a, b]) => [reduceTo(t.mul(g, b!), a!.shape), reduceTo(t.mul(g, a!), b!.shape)],
  Div: (g, [a, b], _, y) => [
    reduceTo(t.div(g, b!), a!.shape),
    reduceTo(t.neg(t.div(t.mul(g, y), b!)), b!.shape),
  ],
  Neg: (g) => [t.neg(g)],
  Exp: (g, _x, _op, y) => [t.mul(g, y)],
  Log: (g, [x]) => [t.div(g, x!)],
  Sqrt: (g, _x, _op, y) => [t.div(t.scale(g, 0.5), y)],
  Sigmoid: (g, _x, _op, y) => [t.mul(g, t.sub(y, t.mul(y, y)))],
  // silu(x) = x·σ(x): silu' = σ + silu·(1 − σ)
  Silu: (g, [x], _, y) => {
    const s = t.sigmoid(x!)
    return [t.mul(g, t.add(s, t.sub(y, t.mul(y, s))))]
  },
  Relu: (g, [x]) => [t.mul(g, t.step(x!))],
  Softplus: (g, [x]) => [t.mul(g, t.sigmoid(x!))],
  Tanh: (g, _x, _op, y) => [t.sub(g, t.mul(g, t.mul(y, y)))],
  // y = ½x(1 + T), T = tanh(u), u = c(x + ax³):  y' = ½(1 + T) + ½x(1 − T²)·c(1 + 3ax²)
  GeluTanh: (g, [input]) => {
    const x = input!
    const one = x.graph.scalar(1, x.dtype)
    const square = t.mul(x, x)
    const c = Math.sqrt(2 / Math.PI)
    const tanh = t.tanh(t.scale(t.mul(x, t.add(one, t.scale(square, geluCubic))), c))
    const slope = t.scale(t.add(one, t.scale(square, 3 * geluCubic)), c)
    const bend = t.mul(t.mul(x, t.sub(one, t.mul(tanh, tanh))), slope)
    return [t.mul(g, t.scale(t.add(t.add(one, tanh), bend), 0.5))]
  },
  ReduceSum: (g, [input], { axes }) => {
    const x = input!
    const reduced = t.reshape(
      g,
      x.shape.map((n, i) => (axes.includes(i) ? 1 : n)),
    )
    if (!x.shape.includes(-1)) return [t.expand(reduced, x.shape)]
    // Of a size known at run time alone: a product with ones of x's size.
    return [t.mul(reduced, t.cast(x.graph.apply({ kind: 'LessOrEqual' }, [x, x]), x.dtype))]
  },
  MeanSquare: (g, [x]) => [t.mul(t.scale(g, 2 / x!.shape.at(-1)!), x!)],
  // y = x·inv·w with inv = (mean(x²) + ε)^−½:  dx = inv·(g·w − x·inv²·mean(g·w·x)),  dw = Σ g·x·inv
  RmsNorm: (g, [x, weight], { eps }) => {
    const size = x!.shape.at(-1)!
    const one = x!.graph.scalar(1, x!.dtype)
    const inv = t.div(one, t.sqrt(t.add(t.meanSquare(x!), x!.graph.scalar(eps, x!.dtype))))
    const last = x!.shape.length - 1
    const normed = t.mul(x!, inv)
    const gw = t.mul(g, weight!)
    const mean = t.scale(t.reduceSum(t.mul(gw, normed), [last], true), 1 / size)
    const dx = t.mul(inv, t.sub(gw, t.mul(normed, mean)))
    return [dx, reduceTo(t.mul(g, normed), weight!.shape)]
  },
  Softmax: (g, _x, _op, y) => {
    const gy = t.mul(g, y)
    return [t.sub(gy, t.mul(y, t.reduceSum(gy, [y.shape.length - 1], true)))]
  },
  TokenLogProb: (g, [logits, targets]) => [t.tokenLogProbGrad(logits!, targets!, g), null],
  Rope: (g, [, cos, sin], { inverse }) => [t.rope(g, cos!, sin!, !inverse), null, null], // a rotation's transpose is its inverse
  Reshape: (g, [x]) => [t.reshape(g, x!.shape)],
  Transpose: (g, _x, { perm }) => [
    t.transpose(
      g,
      perm.map((_, i) => perm.indexOf(i)),
    ),
  ],
  Slice: (g, [x], { axis, start, end }) => {
    const zeros = (size: number): Value[] =>
      size === 0
        ? []
        : [
            t.expand(
              x!.graph.scalar(0, x!.dtype),
              x!.shape.map((n, i) => (i === axis ? size : n)),
            ),
          ]
    const parts = [...zeros(start), g, ...zeros(x!.shape[axis]! - end)]
    return [parts.length === 1 ? g : t.concat(parts, axis)]
  },
  Concat: (g, inputs, { axis }) => {
    const sizes = inputs.map((x) => x.shape[axis]!)
    return t.split(g, axis, sizes).slice()
  },
  Split: (_g, [x], { axis, sizes }, _y, gs) => {
    const zeros = (size: number) =>
      t.expand(
        x!.graph.scalar(0, x!.dtype),
        x!.shape.map((n, i) => (i === axis ? size : n)),
      )
    return [
      t.concat(
        sizes.map((size, part) => gs[part] ?? zeros(size)),
        axis,
      ),
    ]
  },
  Cast: (g, [x]) => [t.cast(g, x!.dtype)],
  Fence: (g, [, ...after]) => [g, ...after.map(() => null)],
  MoveRows: (g, [, from, back]) => [t.moveRows(g, back!, from!), null, null],
  SequenceAttention: (g, inputs, op, y) => [
    ...g.graph.applyAll({ ...op, kind: 'SequenceAttentionGrad' }, [g, y, ...inputs]),
    null,
    null,
  ],
  Expand: (g, [x]) => [reduceTo(g, x!.shape)],
}

const geluCubic = 0.044715

/** Sums a gradient over the axes along which its value had been broadcast. */
function reduceTo(g: Value, shape: Shape): Value {
  const extra = g.shape.length - shape.length
  const axes = g.shape.flatMap((n, i) => (i < extra || (shape[i - extra] === 1 && n !== 1) ? [i] : []))
  return t.reshape(t.reduceSum(g, axes), shape)
}
