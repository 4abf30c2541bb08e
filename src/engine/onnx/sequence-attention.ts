import type { OpOf } from '../tensor/op.ts'
import type { ValueType } from '../tensor/shape-rules.ts'
import type { Dtype } from '../tensor/dtype.ts'
import type { LoweringContext } from './lowering-context.ts'

// S sequences of Q query and K key slots; H query heads, G of them for each of Hkv key heads; hd numbers a head.

type Form = Omit<OpOf<'SequenceAttention'>, 'kind'>

/** How the table lowers what attention is made of. */
export interface AttentionKernels {
  product(
    c: LoweringContext,
    dtype: Dtype,
    a: string,
    b: string,
    form?: { transA?: boolean; transB?: boolean; alpha?: number },
  ): string
  softmax(c: LoweringContext, dtype: Dtype, x: string): string
}

interface Attention {
  o: string // [S·Q, H·hd]
  /** What the gradient uses again: the same nodes, since equal ones are emitted once. */
  query: string // [S, Hkv, G·Q, hd]
  keys: string // [S, Hkv, K, hd]
  values: string // [S, Hkv, K, hd]
  /** Capped scores before the mask; null without a cap. */
  capped: string | null // [S, Hkv, G·Q, K]
  weights: string // [S, Hkv, G·Q, K]
}

/**
 * SequenceAttention (see tensor/op.ts): sizes are read from the positions, so one program serves all. The query heads of a
 * key head are the rows of one product. In a Reshape 0 keeps a size, −1 is what is left.
 */
export function sequenceAttention(
  c: LoweringContext,
  [q, k, v, queryAt, keyAt]: readonly string[],
  { heads, kvHeads, scale, window, softcap }: Form,
  [queryValue, keyValue]: readonly ValueType[],
  { product, softmax }: AttentionKernels,
): Attention {
  const { dtype } = queryValue!
  const form = layout(c, queryAt!, keyAt!, heads, kvHeads, keyValue!.shape[1]! / kvHeads)
  const [query, keys, values] = [form.queries(q!), form.keys(k!), form.keys(v!)]
  const raw = product(c, dtype, query, keys, { transB: true, alpha: scale })
  const cap = c.scalar(dtype, softcap)
  const capped = softcap === 0 ? null : c.one('Mul', [c.one('Tanh', [c.one('Div', [raw, cap])]), cap])

  const column = c.one('Unsqueeze', [queryAt!, c.ints([1, 3])]) // [S, 1, Q, 1]
  const row = c.one('Unsqueeze', [keyAt!, c.ints([1, 2])]) // [S, 1, 1, K]
  const before = c.one('LessOrEqual', [row, column])
  const visible =
    window === null
      ? before
      : c.one('And', [
          before,
          c.one('Greater', [row, c.one('Sub', [column, c.constant('i32', [], Int32Array.of(window))])]),
        ])
  const mask = c.one('Where', [visible, c.scalar(dtype, 0), c.scalar(dtype, -1e30)]) // [S, 1, Q, K]
  const masked = c.one('Add', [c.one('Reshape', [capped ?? raw, c.ints([0, heads, -1, 0])]), mask])
  const weights = c.one('Reshape', [softmax(c, dtype, masked), c.ints([0, kvHeads, -1, 0])])
  return { o: form.rows(product(c, dtype, weights, values)), query, keys, values, capped, weights }
}

/**
 * Its gradient. With w the weights and D = Σ g·o of a row (the sum of w·dw, without another pass over the scores):
 * ds = w·(dw − D), times 1 − (capped / cap)² behind a cap.
 */
export function sequenceAttentionGrad(
  c: LoweringContext,
  g: string,
  o: string,
  x: readonly string[],
  op: Form,
  inputs: readonly ValueType[],
  kernels: AttentionKernels,
): [dq: string, dk: string, dv: string] {
  const { heads, kvHeads, scale, softcap } = op
  const { dtype } = inputs[0]!
  const { product } = kernels
  const form = layout(c, x[3]!, x[4]!, heads, kvHeads, inputs[1]!.shape[1]! / kvHeads)
  const { query, keys, values, capped, weights } = sequenceAttention(c, x, op, inputs, kernels)
  const incoming = form.queries(g) // [S, Hkv, G·Q, hd]
  const own = c.one('ReduceSum', [c.one('Mul', [incoming, form.queries(o)]), c.ints([3])], { keepdims: 1 })
  const dWeights = product(c, dtype, incoming, values, { transB: true })
  const dScores = c.one('Mul', [weights, c.one('Sub', [dWeights, own])])
  const cap = c.scalar(dtype, softcap)
  const dRaw = capped === null ? dScores : c.one('Mul', [dScores, slope(c.one('Div', [capped, cap]))])
  return [
    form.rows(product(c, dtype, dRaw, keys, { alpha: scale })),
    form.keyRows(product(c, dtype, dRaw, query, { transA: true, alpha: scale })),
    form.keyRows(product(c, dtype, weights, incoming, { transA: true })),
  ]

  function slope(tanh: string): string {
    return c.one('Sub', [c.scalar(dtype, 1), c.one('Mul', [tanh, tanh])])
  }
}

/** Between rows of the flat hidden state and heads. */
function layout(
  c: LoweringContext,
  queryAt: string,
  keyAt: string,
  heads: number,
  kvHeads: number,
  headDim: number,
) {
  const group = heads / kvHeads
  const sizes = (...parts: (string | number[])[]) =>
    c.one(
      'Concat',
      parts.map((part) => (typeof part === 'string' ? part : c.ints(part))),
      { axis: 0 },
    )
  const [sequencesAndSlots, sequencesAndKeys] = [c.one('Shape', [queryAt]), c.one('Shape', [keyAt])]
  const part = (from: number) =>
    c.one('Slice', [sequencesAndSlots, c.ints([from]), c.ints([from + 1]), c.ints([0])])
  return {
    /** [S·Q, H·hd] → [S, Hkv, G·Q, hd] */
    queries(x: string): string {
      const split = c.one('Reshape', [x, sizes(sequencesAndSlots, [kvHeads, group, headDim])])
      return c.one('Reshape', [
        c.one('Transpose', [split], { perm: [0, 2, 3, 1, 4] }),
        c.ints([0, kvHeads, -1, headDim]),
      ])
    },
    /** Back again. */
    rows(x: string): string {
      const split = c.one('Reshape', [x, sizes(part(0), [kvHeads, group], part(1), [headDim])])
      return c.one('Reshape', [
        c.one('Transpose', [split], { perm: [0, 3, 1, 2, 4] }),
        c.ints([-1, heads * headDim]),
      ])
    },
    /** [S·K, Hkv·hd] → [S, Hkv, K, hd] */
    keys(x: string): string {
      const split = c.one('Reshape', [x, sizes(sequencesAndKeys, [kvHeads, headDim])])
      return c.one('Transpose', [split], { perm: [0, 2, 1, 3] })
    },
    /** Back again. */
    keyRows(x: string): string {
      return c.one('Reshape', [
        c.one('Transpose', [x], { perm: [0, 2, 1, 3] }),
        c.ints([-1, kvHeads * headDim]),
      ])
    },
  }
}
