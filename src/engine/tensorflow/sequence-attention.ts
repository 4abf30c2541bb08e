import type { OpOf } from '../tensor/op.ts'
import type { Tensor, TensorFlow } from './library.ts'

// S sequences of Q query and K key slots; H query heads, G of them for each of Hkv key heads; hd numbers a head.

type Form = Omit<OpOf<'SequenceAttention'>, 'kind'>

/** SequenceAttention (see tensor/op.ts) of plain kernels; all heads with keys of their own, repeated for each group. */
export function sequenceAttention(tf: TensorFlow, x: readonly Tensor[], form: Form): Tensor {
  const { values, weights } = attention(tf, x, form)
  return toRows(tf, tf.matMul(weights, values))
}

/** Its gradients of q, k and v, of the same numbers again. */
export function sequenceAttentionGrad(tf: TensorFlow, [g, , ...x]: readonly Tensor[], form: Form): Tensor[] {
  const { heads, kvHeads, scale, softcap } = form
  const { query, keys, values, capped, weights } = attention(tf, x, form)
  const [sequences, slots] = x[3]!.shape as [number, number]
  const incoming = perHead(tf, g!, [sequences, slots, heads])
  const dWeights = tf.matMul(incoming, values, false, true)
  const mean = tf.sum(tf.mul(weights, dWeights), -1, true)
  const dScores = tf.mul(weights, tf.sub(dWeights, mean))
  const dRaw = softcap === 0 ? dScores : tf.mul(dScores, tf.sub(1, tf.square(tf.div(capped, softcap))))
  const ofGroup = (gradient: Tensor): Tensor => {
    const [s, , k, d] = gradient.shape as [number, number, number, number]
    return toRows(tf, tf.sum(tf.reshape(gradient, [s, kvHeads, heads / kvHeads, k, d]), 2))
  }
  return [
    toRows(tf, tf.mul(tf.matMul(dRaw, keys), scale)),
    ofGroup(tf.mul(tf.matMul(dRaw, query, true, false), scale)),
    ofGroup(tf.matMul(weights, incoming, true, false)),
  ]
}

function attention(
  tf: TensorFlow,
  [q, k, v, queryAt, keyAt]: readonly Tensor[],
  { heads, kvHeads, scale, window, softcap }: Form,
) {
  const [sequences, querySlots] = queryAt!.shape as [number, number]
  const keySlots = keyAt!.shape[1]!
  const query = perHead(tf, q!, [sequences, querySlots, heads]) // [S, H, Q, hd]
  const repeated = (x: Tensor): Tensor => {
    const split = tf.expandDims(perHead(tf, x, [sequences, keySlots, kvHeads]), 2)
    const tiled = tf.tile(split, [1, 1, heads / kvHeads, 1, 1])
    return tf.reshape(tiled, [sequences, heads, keySlots, split.shape[4]!])
  }
  const [keys, values] = [repeated(k!), repeated(v!)] // [S, H, K, hd]
  const raw = tf.mul(tf.matMul(query, keys, false, true), scale) // [S, H, Q, K]
  const capped = softcap === 0 ? raw : tf.mul(tf.tanh(tf.div(raw, softcap)), softcap)
  const column = tf.reshape(queryAt!, [sequences, 1, querySlots, 1])
  const row = tf.reshape(keyAt!, [sequences, 1, 1, keySlots])
  const before = tf.lessEqual(row, column)
  const visible =
    window === null
      ? before
      : tf.logicalAnd(before, tf.greater(row, tf.sub(column, tf.scalar(window, 'int32'))))
  const weights = tf.softmax(tf.add(capped, tf.where(visible, tf.scalar(0), tf.scalar(-1e30))))
  return { query, keys, values, capped, weights }
}

/** [S·n, H·hd] → [S, H, n, hd] */
function perHead(tf: TensorFlow, x: Tensor, [sequences, slots, heads]: [number, number, number]): Tensor {
  return tf.transpose(tf.reshape(x, [sequences, slots, heads, x.shape[1]! / heads]), [0, 2, 1, 3])
}

/** Back again. */
function toRows(tf: TensorFlow, x: Tensor): Tensor {
  const [sequences, heads, slots, headDim] = x.shape as [number, number, number, number]
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [sequences * slots, heads * headDim])
}
