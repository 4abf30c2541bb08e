import * as t from '../../tensor/build.ts'
import type { Value } from '../../tensor/graph.ts'

/** Angles of T rows, each at a position of its own: cos and sin f32 [T, r/2]. */
export interface RowAngles {
  cos: Value
  sin: Value
}

export const anglesAt = (table: RowAngles, positions: Value): RowAngles => ({
  cos: t.gatherRows(table.cos, positions),
  sin: t.gatherRows(table.sin, positions),
})

/** x [T, n·hd] with the first r numbers of each head turned, in f32 → [T, n·hd]. */
export function rotatedRows(x: Value, headDim: number, { cos, sin }: RowAngles): Value {
  const width = x.shape[1]!
  const turned = 2 * cos.shape[1]!
  const wide = t.cast(x, 'f32')
  const rows = cos.shape[0]!
  if (turned === headDim) return t.reshape(t.rope(t.reshape(wide, [1, rows, width]), cos, sin), [rows, width])
  const heads = t.reshape(wide, [rows, width / headDim, headDim])
  const [first, rest] = t.split(heads, 2, [turned, headDim - turned])
  const part = t.rope(t.reshape(first!, [1, rows, (width / headDim) * turned]), cos, sin)
  return t.reshape(t.concat([t.reshape(part, [rows, width / headDim, turned]), rest!], 2), [rows, width])
}
