import * as t from '../../tensor/build.ts'
import type { Value } from '../../tensor/graph.ts'
import { type Attend, softcapped } from '../../model/decoder-layer.ts'
import type { ModelConfig } from '../../model/model-config.ts'
import { type CacheArrays, type CachePlaces, putIntoCache } from './cache-places.ts'
import { type Angles, rotated } from './rotation.ts'

// N tokens; H heads, G = H/Hkv of them to a key head; B slots of C positions. S sequences of Q queries each: a step's tokens
// are B sequences of one query, a piece of a prompt is one sequence of N queries.

/** What all layers of one kind share. */
export interface KindValues {
  angles: Angles
  /** Added to scores: [S, 1, 1, C] or [1, 1, G·N, C]. */
  mask: Value
}

export interface DeviceAttention {
  places: CachePlaces
  /** i64 [4] each: the shapes of the caches, known at run time alone. */
  keyShape: Value
  valueShape: Value
  /**
   * Which slot's cache the tokens read, i32 [1]; null = token n that of slot n.
   */
  slot: Value | null
  /** f32 zeros [M, W], put behind the tokens of a prompt: what another answer left there could be no number. */
  blank: Value | null
}

/**
 * Attention over a cache in the memory of a device, made of kernels that every provider has. The new keys and values are put
 * into the cache, in place, before it is read; `store` receives it. (GroupQueryAttention's kernel for WebGPU (1.30) gives the
 * same but with a soft cap, where it is off by 8e-4; how it sums depends on the batch's longest row.)
 */
export function deviceAttention(
  config: ModelConfig,
  { angles, mask }: KindValues,
  { places, keyShape, valueShape, slot, blank }: DeviceAttention,
  cache: CacheArrays,
  store: (written: CacheArrays) => void,
): Attend {
  const { heads, kvHeads, headDim, attentionScale, attentionSoftcap } = config
  const group = heads / kvHeads
  const behind = (x: Value) => (blank === null ? x : t.concat([x, blank], 0))
  const read = (array: Value, shape: Value, known: number[]) => {
    const all = array.graph.apply({ kind: 'ReshapeTo', shape: known }, [array, shape])
    return slot === null ? all : array.graph.apply({ kind: 'GatherAxis', axis: 0 }, [all, slot])
  }
  return (q, k, v) => {
    const written = putIntoCache(cache, places, behind(rotated(k, kvHeads, headDim, angles)), behind(v))
    store(written)
    const scaled = t.scale(rotated(q, heads, headDim, angles), attentionScale)
    const queries =
      slot === null
        ? t.reshape(scaled, [-1, kvHeads, group, headDim])
        : t.reshape(t.transpose(t.reshape(scaled, [-1, heads, headDim]), [1, 0, 2]), [
            1,
            kvHeads,
            -1,
            headDim,
          ])
    const keys = read(written.key, keyShape, [-1, kvHeads, headDim, -1])
    const raw = t.matMul(queries, keys) // [S, Hkv, G·Q, C]
    const scores = attentionSoftcap === null ? raw : softcapped(raw, attentionSoftcap)
    const values = read(written.value, valueShape, [-1, kvHeads, -1, headDim])
    const o = t.matMul(t.softmax(t.add(scores, mask)), values) // [S, Hkv, G·Q, hd]
    return slot === null
      ? t.reshape(o, [-1, heads * headDim])
      : t.reshape(t.transpose(t.reshape(o, [heads, -1, headDim]), [1, 0, 2]), [-1, heads * headDim])
  }
}

/**
 * 0 where a query may look, at most −1e30 elsewhere: positions f32 […, 1] of the queries, columns f32 [C]. A query sees itself
 * and, of those before it, the last `window` − 1 (null: all). By arithmetic: WebGPU has no kernel for And.
 */
export function visibleColumns(positions: Value, columns: Value, window: number | null): Value {
  const relu = (x: Value) => x.graph.apply({ kind: 'Relu' }, [x])
  const ahead = relu(t.sub(columns, positions))
  if (window === null) return t.scale(ahead, -1e30)
  const first = t.sub(positions, positions.graph.scalar(window - 1, 'f32'))
  return t.scale(t.add(ahead, relu(t.sub(first, columns))), -1e30)
}
