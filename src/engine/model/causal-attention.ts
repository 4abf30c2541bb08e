import * as t from '../tensor/build.ts'
import type { Graph, Value } from '../tensor/graph.ts'
import type { LlamaConfig } from './llama-config.ts'
import type { Attend } from './llama-layer.ts'
import { rotaryTable } from './rotary-table.ts'

/**
 * Attention over whole right-padded sequences [B, S]: the causal mask alone keeps padding from real rows.
 * Grouped queries are folded into rows ([B·Hkv, G·S, hd] against k [B·Hkv, S, hd]), so k and v are never repeated.
 */
export function causalAttention(
  graph: Graph,
  config: LlamaConfig,
  batch: number,
  length: number,
  dtype: 'f32' | 'f64',
): Attend {
  const { heads, kvHeads, headDim } = config
  const group = heads / kvHeads
  const half = headDim / 2
  const typed = (data: Float64Array) => (dtype === 'f64' ? data : Float32Array.from(data))
  const table = rotaryTable(config, length)
  const cos = graph.constant(typed(table.cos), dtype, [length, half])
  const sin = graph.constant(typed(table.sin), dtype, [length, half])
  // A finite minus infinity: −∞ − −∞ would be NaN, and exp of this is exactly 0 all the same.
  const mask = new Float64Array(length * length)
  for (let row = 0; row < length; row++) mask.fill(-1e30, row * length + row + 1, (row + 1) * length)
  const causal = graph.constant(typed(mask), dtype, [length, length])

  const rotated = (x: Value, width: number) => t.rope(t.reshape(x, [batch, length, width]), cos, sin)
  const byKvHead = (x: Value) =>
    // [B, S, Hkv·hd] → [B·Hkv, S, hd]
    t.reshape(t.transpose(t.reshape(x, [batch, length, kvHeads, headDim]), [0, 2, 1, 3]), [
      batch * kvHeads,
      length,
      headDim,
    ])

  return (q, k, v) => {
    const queries = t.reshape(
      t.transpose(
        t.reshape(rotated(q, heads * headDim), [batch, length, kvHeads, group, headDim]),
        [0, 2, 3, 1, 4],
      ),
      [batch * kvHeads, group * length, headDim],
    )
    const keys = byKvHead(rotated(k, kvHeads * headDim))
    const scores = t.matMul(queries, keys, { transB: true, alpha: headDim ** -0.5 }) // [B·Hkv, G·S, S]
    const masked = t.add(t.reshape(scores, [batch * kvHeads * group, length, length]), causal)
    const weights = t.reshape(t.softmax(masked), [batch * kvHeads, group * length, length])
    const mixed = t.matMul(weights, byKvHead(t.reshape(v, [batch, length, kvHeads * headDim]))) // [B·Hkv, G·S, hd]
    return t.reshape(
      t.transpose(t.reshape(mixed, [batch, kvHeads, group, length, headDim]), [0, 3, 1, 2, 4]),
      [batch * length, heads * headDim],
    )
  }
}
