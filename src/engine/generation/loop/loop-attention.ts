import * as t from '../../tensor/build.ts'
import type { Graph, Value } from '../../tensor/graph.ts'
import { type Attend, softcapped } from '../../model/decoder-layer.ts'
import type { ModelConfig } from '../../model/model-config.ts'
import { type RowAngles, rotatedRows } from './rotated-rows.ts'

// B slots; R prompts of T tokens; H heads, Hkv of them with keys of their own, G = H/Hkv; hd numbers a head; C positions of the
// cache; K of the window. All of it is made of plain nodes: GroupQueryAttention on CUDA takes no f32, and its way of writing
// into a cache depends on buffers that a loop does not let anybody choose.

/** Keys and values of one layer, [B, Hkv, C or K, hd]. */
export interface LayerCache {
  key: Value
  value: Value
}

/** Products in the type of v; rotation, scores and softmax in f32. */
interface Heads {
  config: ModelConfig
  angles: RowAngles
}

/** q rotated and scaled, k rotated, in the type of v. */
function turnedHeads({ config, angles }: Heads, q: Value, k: Value, v: Value): { q: Value; k: Value } {
  const { headDim, attentionScale } = config
  return {
    q: t.cast(t.scale(rotatedRows(q, headDim, angles), attentionScale), v.dtype),
    k: t.cast(rotatedRows(k, headDim, angles), v.dtype),
  }
}

const capped = ({ attentionSoftcap }: ModelConfig, scores: Value): Value =>
  attentionSoftcap === null ? scores : softcapped(scores, attentionSoftcap)

/** f32 0 where `visible` holds, −1e30 elsewhere: finite, for −∞ − −∞ would be NaN, and its exp is exactly 0. */
export const maskWhere = (graph: Graph, visible: Value): Value =>
  graph.apply({ kind: 'Where' }, [visible, graph.scalar(0, 'f32'), graph.scalar(-1e30, 'f32')])

/** Sizes that are known at run time alone, as the shapes that ReshapeTo reads: a number, or an i64 [1]. */
export function runtimeShape(graph: Graph, sizes: readonly (number | Value)[]): Value {
  return t.concat(
    sizes.map((size) =>
      typeof size === 'number'
        ? graph.constant(BigInt64Array.of(BigInt(size)), 'i64', [1])
        : graph.capture(size),
    ),
    0,
  )
}

export interface PromptRows {
  /** i64 [1]: R and T. */
  size: Value
  width: Value
  /** f32 [T, T]: 0 where a token (row) sees another. */
  mask: Value
}

/** Attention within R right-padded prompts; `store` receives their keys and values [R, Hkv, T, hd]. */
export function promptAttention(
  graph: Graph,
  heads: Heads,
  { size, width, mask }: PromptRows,
  store: (made: LayerCache) => void,
): Attend {
  const { config } = heads
  const { kvHeads, headDim } = config
  const group = config.heads / kvHeads
  const to = (x: Value, known: readonly number[], sizes: readonly (number | Value)[]) =>
    graph.apply({ kind: 'ReshapeTo', shape: known }, [x, runtimeShape(graph, sizes)])
  const perKvHead = (x: Value) =>
    t.transpose(to(x, [-1, -1, kvHeads, headDim], [size, width, kvHeads, headDim]), [0, 2, 1, 3])
  return (q, k, v) => {
    const turned = turnedHeads(heads, q, k, v)
    const [keys, values] = [perKvHead(turned.k), perKvHead(v)]
    store({ key: keys, value: values })
    const byHead = t.transpose(
      to(turned.q, [-1, -1, kvHeads, group, headDim], [size, width, kvHeads, group, headDim]),
      [0, 2, 3, 1, 4],
    ) // [R, Hkv, G, T, hd]
    const folded = to(byHead, [-1, kvHeads, -1, headDim], [size, kvHeads, -1, headDim])
    const scores = capped(config, t.cast(t.matMul(folded, keys, { transB: true }), 'f32')) // [R, Hkv, G·T, T]
    const perQuery = to(scores, [-1, kvHeads, group, -1, -1], [size, kvHeads, group, width, width])
    const weights = t.softmax(t.add(perQuery, mask))
    const shares = t.cast(to(weights, [-1, kvHeads, -1, -1], [size, kvHeads, -1, width]), v.dtype)
    const mixed = t.matMul(shares, values) // [R, Hkv, G·T, hd]
    const unfolded = to(mixed, [-1, kvHeads, group, -1, headDim], [size, kvHeads, group, width, headDim])
    return t.reshape(t.transpose(unfolded, [0, 3, 1, 2, 4]), [-1, config.heads * headDim])
  }
}

export interface WindowStep {
  /** Where the step's own keys and values go: bool [K, 1]. */
  isColumn: Value
  /** f32 [B, 1, 1, C]: what a token sees of the cache; f32 [1, 1, 1, K]: of the window. */
  cacheMask: Value
  windowMask: Value
}

/**
 * Attention of one token of each slot over the cache, which the steps of a round only read, and the window, which has the keys
 * and values of this round: a step writes anew K positions instead of C. `store` receives the window.
 */
export function windowAttention(
  graph: Graph,
  heads: Heads,
  { isColumn, cacheMask, windowMask }: WindowStep,
  cache: LayerCache,
  window: LayerCache,
  store: (written: LayerCache) => void,
): Attend {
  const { config } = heads
  const { kvHeads, headDim } = config
  const group = config.heads / kvHeads
  const [slots, , windowColumns] = window.key.shape as [number, number, number, number]
  return (q, k, v) => {
    const turned = turnedHeads(heads, q, k, v)
    const put = (into: Value, made: Value) =>
      graph.apply({ kind: 'Where' }, [isColumn, t.reshape(made, [slots, kvHeads, 1, headDim]), into])
    const written = { key: put(window.key, turned.k), value: put(window.value, v) }
    store(written)
    const query = t.reshape(turned.q, [slots, kvHeads, group, headDim])
    const scoresOf = (keys: Value, mask: Value) =>
      t.add(capped(config, t.cast(t.matMul(query, keys, { transB: true }), 'f32')), mask)
    // The window first: its places are then the same whatever the capacity.
    const scores = t.concat([scoresOf(written.key, windowMask), scoresOf(cache.key, cacheMask)], 3)
    const shares = t.cast(t.softmax(scores), v.dtype) // [B, Hkv, G, K+C]
    const ofWindow = t.matMul(t.slice(shares, 3, 0, windowColumns), written.value)
    const ofCache = t.matMul(t.slice(shares, 3, windowColumns, toTheEnd), cache.value)
    return t.reshape(t.add(ofWindow, ofCache), [slots, config.heads * headDim])
  }
}

/** The end of a Slice along an axis whose size is known at run time alone. */
const toTheEnd = Number.MAX_SAFE_INTEGER
