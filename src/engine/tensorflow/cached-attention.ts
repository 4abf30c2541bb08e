import type { OpOf } from '../tensor/op.ts'
import type { Tensor, TensorFlow } from './library.ts'

/**
 * CachedAttention (see tensor/op.ts) of plain kernels. B rows, T tokens, H query and K key heads, d head size, C capacity.
 * A call whose T is the batch's total length is a prompt at positions 0 … T−1; later tokens end at their row's last position.
 */
export function cachedAttention(
  tf: TensorFlow,
  inputs: readonly Tensor[],
  { heads, kvHeads, scale, window, softcap }: OpOf<'CachedAttention'>,
): Tensor[] {
  const [q, k, v, pastK, pastV, last, total, cos, sin] = inputs as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ]
  const [b, t, width] = q.shape as [number, number, number]
  const capacity = pastK.shape[2]!
  const d = width / heads
  const lengths = Array.from(last.dataSync(), (n) => n + 1)
  const isPrompt = total.dataSync()[0] === t
  const positions = lengths.flatMap((length) =>
    Array.from({ length: t }, (_, i) => (isPrompt ? i : length - t + i)),
  ) // [B·T]

  const angles = [cos, sin].map((table) => {
    const rows = tf.gather(table, tf.tensor1d(positions, 'int32'))
    return tf.reshape(rows, [b, t, 1, table.shape[1]!])
  }) as [Tensor, Tensor]
  const query = perHead(tf, rotated(tf, tf.reshape(q, [b, t, heads, d]), angles)) // [B,H,T,d]
  const freshK = perHead(tf, rotated(tf, tf.reshape(k, [b, t, kvHeads, d]), angles)) // [B,K,T,d]
  const freshV = perHead(tf, tf.reshape(v, [b, t, kvHeads, d]))

  const size = b * capacity
  const [kept, placed] = [new Uint8Array(size), new Float32Array(size * t)]
  for (let row = 0; row < b; row++) {
    kept.fill(1, row * capacity, row * capacity + lengths[row]!)
    for (let i = 0; i < t; i++) {
      const at = positions[row * t + i]!
      if (at >= lengths[row]!) continue // padding
      kept[row * capacity + at] = 0
      placed[(row * capacity + at) * t + i] = 1
    }
  }
  const isKept = tf.tensor(kept, [b, 1, capacity, 1], 'bool')
  // A product with rows of one 1 puts each token at its place, exactly.
  const place = tf.tile(tf.tensor(placed, [b, 1, capacity, t]), [1, kvHeads, 1, 1])
  const [presentK, presentV] = [
    [pastK, freshK],
    [pastV, freshV],
  ].map(([past, fresh]) =>
    tf.add(tf.where(isKept, past!, tf.zerosLike(past!)), tf.matMul(place, fresh!)),
  ) as [Tensor, Tensor]

  const seen = new Uint8Array(b * t * capacity)
  for (const [row, at] of positions.entries())
    seen.fill(1, row * capacity + Math.max(0, window === null ? 0 : at - window + 1), row * capacity + at + 1)
  const group = heads / kvHeads
  const scores = tf.mul(tf.matMul(query, forEachHead(tf, presentK, group), false, true), scale) // [B,H,T,C]
  const capped = softcap === 0 ? scores : tf.mul(tf.tanh(tf.div(scores, softcap)), softcap)
  const isSeen = tf.tensor(seen, [b, 1, t, capacity], 'bool')
  const weights = tf.softmax(tf.where(isSeen, capped, tf.scalar(-1e30)))
  const mixed = tf.matMul(weights, forEachHead(tf, presentV, group))
  return [tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [b, t, width]), presentK, presentV]
}

/** StepAttention (see tensor/op.ts): the token itself stands before the cached ones. */
export function stepAttention(
  tf: TensorFlow,
  inputs: readonly Tensor[],
  { heads, kvHeads, scale, softcap }: OpOf<'StepAttention'>,
): Tensor[] {
  const [q, k, v, pastK, pastV, mask, positions, , cos, sin] = inputs as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ]
  const [b, , , d] = pastK.shape as [number, number, number, number]
  const angles = [cos, sin].map((table) =>
    tf.reshape(tf.gather(table, tf.cast(tf.reshape(positions, [b]), 'int32')), [b, 1, 1, table.shape[1]!]),
  ) as [Tensor, Tensor]
  const turned = (x: Tensor, count: number) => rotated(tf, tf.reshape(x, [b, 1, count, d]), angles)
  const query = tf.reshape(turned(q, heads), [b, kvHeads, heads / kvHeads, d])
  const key = tf.reshape(turned(k, kvHeads), [b, kvHeads, 1, d])
  const value = tf.reshape(v, [b, kvHeads, 1, d])
  const scores = tf.mul(tf.matMul(query, tf.concat([key, pastK], 2), false, true), scale) // [B,K,G,C+1]
  const capped = softcap === 0 ? scores : tf.mul(tf.tanh(tf.div(scores, softcap)), softcap)
  const o = tf.matMul(tf.softmax(tf.add(capped, mask)), tf.concat([value, pastV], 2))
  return [tf.reshape(o, [b, heads * d]), key, value]
}

/** [B,T,H,d] → [B,H,T,d] */
const perHead = (tf: TensorFlow, x: Tensor): Tensor => tf.transpose(x, [0, 2, 1, 3])

/** Each key head [B,K,C,d] as often as query heads share it → [B,H,C,d]. */
function forEachHead(tf: TensorFlow, x: Tensor, group: number): Tensor {
  const [b, kvHeads, capacity, d] = x.shape as [number, number, number, number]
  const repeated = tf.tile(tf.expandDims(x, 2), [1, 1, group, 1, 1])
  return tf.reshape(repeated, [b, kvHeads * group, capacity, d])
}

/** The first numbers of each head turned by the angles [B,T,1,r/2], the rest as they are. */
function rotated(tf: TensorFlow, x: Tensor, [cos, sin]: readonly [Tensor, Tensor]): Tensor {
  const half = cos.shape[3]!
  const rest = x.shape[3]! - 2 * half
  const [first, second, ...unturned] = tf.split(x, rest === 0 ? [half, half] : [half, half, rest], 3) as [
    Tensor,
    Tensor,
    ...Tensor[],
  ]
  return tf.concat(
    [
      tf.sub(tf.mul(first, cos), tf.mul(second, sin)),
      tf.add(tf.mul(second, cos), tf.mul(first, sin)),
      ...unturned,
    ],
    3,
  )
}
