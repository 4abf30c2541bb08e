import * as t from '../tensor/build.ts'
import type { Graph, Value } from '../tensor/graph.ts'
import { type Attend, softcapped } from './decoder-layer.ts'
import type { LayerKind, ModelConfig } from './model-config.ts'
import { rotaryTable } from './rotary-table.ts'

/**
 * Attention over whole right-padded sequences [B, S]: the causal mask alone keeps padding from real rows.
 * Grouped queries are folded into rows ([B·Hkv, G·S, hd] against k [B·Hkv, S, hd]), so k and v are never repeated.
 */
export function causalAttention(
  graph: Graph,
  config: ModelConfig,
  { window, rope }: LayerKind,
  batch: number,
  length: number,
  dtype: 'f32' | 'f64',
): Attend {
  const { heads, kvHeads, headDim, attentionScale, attentionSoftcap } = config
  const group = heads / kvHeads
  const half = rope.inverseFrequencies.length
  const typed = (data: Float64Array) => (dtype === 'f64' ? data : Float32Array.from(data))
  const table = rotaryTable(rope, length)
  const cos = graph.constant(typed(table.cos), dtype, [length, half])
  const sin = graph.constant(typed(table.sin), dtype, [length, half])
  const causal = graph.constant(typed(causalMask(length, window)), dtype, [length, length])

  /** The first 2·half numbers of every head of x [B, S, n·hd] turned. */
  const rotated = (x: Value, count: number) => {
    const flat = t.reshape(x, [batch, length, count * headDim])
    if (2 * half === headDim) return t.rope(flat, cos, sin)
    const perHead = t.reshape(x, [batch, length, count, headDim])
    const turned = t.rope(
      t.reshape(t.slice(perHead, 3, 0, 2 * half), [batch, length, count * 2 * half]),
      cos,
      sin,
    )
    return t.concat(
      [t.reshape(turned, [batch, length, count, 2 * half]), t.slice(perHead, 3, 2 * half, headDim)],
      3,
    )
  }
  const byKvHead = (x: Value) =>
    // [B, S, Hkv·hd] → [B·Hkv, S, hd]
    t.reshape(t.transpose(t.reshape(x, [batch, length, kvHeads, headDim]), [0, 2, 1, 3]), [
      batch * kvHeads,
      length,
      headDim,
    ])

  return (q, k, v) => {
    const queries = t.reshape(
      t.transpose(t.reshape(rotated(q, heads), [batch, length, kvHeads, group, headDim]), [0, 2, 3, 1, 4]),
      [batch * kvHeads, group * length, headDim],
    )
    const keys = byKvHead(rotated(k, kvHeads))
    const raw = t.matMul(queries, keys, { transB: true, alpha: attentionScale }) // [B·Hkv, G·S, S]
    const scores = attentionSoftcap === null ? raw : softcapped(raw, attentionSoftcap)
    const masked = t.add(t.reshape(scores, [batch * kvHeads * group, length, length]), causal)
    const weights = t.reshape(t.softmax(masked), [batch * kvHeads, group * length, length])
    const mixed = t.matMul(weights, byKvHead(v)) // [B·Hkv, G·S, hd]
    return t.reshape(
      t.transpose(t.reshape(mixed, [batch, kvHeads, group, length, headDim]), [0, 3, 1, 2, 4]),
      [batch * length, heads * headDim],
    )
  }
}

/** 0 where a row may look, −10³⁰ elsewhere: a finite minus infinity (−∞ − −∞ would be NaN), whose exp is exactly 0. */
function causalMask(length: number, window: number | null): Float64Array {
  const mask = new Float64Array(length * length)
  for (let row = 0; row < length; row++) {
    mask.fill(-1e30, row * length + row + 1, (row + 1) * length)
    if (window !== null && row >= window) mask.fill(-1e30, row * length, row * length + row - window + 1)
  }
  return mask
}
