import * as t from '../../tensor/build.ts'
import type { Value } from '../../tensor/graph.ts'

/** cos and sin of N tokens, [N, r/2] each. */
export interface Angles {
  cos: Value
  sin: Value
}

/** x [N, n·hd]: the first r numbers of each of its n heads turned by the angles of their token. */
export function rotated(x: Value, heads: number, headDim: number, { cos, sin }: Angles): Value {
  const size = 2 * cos.shape[1]!
  const turn = (part: Value) => t.rope(t.reshape(part, [1, -1, heads * size]), cos, sin)
  if (size === headDim) return t.reshape(turn(x), x.shape)
  const perHead = t.reshape(x, [-1, heads, headDim])
  const [first, rest] = t.split(perHead, 2, [size, headDim - size])
  return t.reshape(t.concat([t.reshape(turn(first!), [-1, heads, size]), rest!], 2), x.shape)
}
