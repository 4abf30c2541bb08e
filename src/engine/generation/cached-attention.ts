import * as t from '../tensor/build.ts'
import { Graph, type Value } from '../tensor/graph.ts'
import type { Attend } from '../model/decoder-layer.ts'
import type { ModelConfig } from '../model/model-config.ts'
import type { StepRows } from './slot-state.ts'

/** Keys and values of one layer, of B slots over the whole capacity C: each [B, Hkv, C, hd]. */
export interface LayerCache {
  key: Value
  value: Value
}

/** One per layer kind: cos and sin [≥ C, r/2]. */
export interface RotaryValues {
  cos: Value
  sin: Value
}

/**
 * Attention that reads and extends a cache; `store` receives the extended one. Either kind of step (R whole prompts, or one
 * token for each of B slots) has its own call of the kernel, so that the matrices around them are shared by both and lie in
 * memory once. Right padding is native to the kernel.
 */
export function cachedAttention(
  config: ModelConfig,
  kindIndex: number,
  rotary: readonly RotaryValues[],
  rows: StepRows,
  cache: LayerCache,
  store: (cache: LayerCache) => void,
): Attend {
  const { heads, kvHeads, headDim, attentionScale, attentionSoftcap } = config
  const { cos, sin } = rotary[kindIndex]!
  const attention = {
    kind: 'CachedAttention',
    heads,
    kvHeads,
    scale: attentionScale,
    window: config.layerKinds[kindIndex]!.window,
    softcap: attentionSoftcap ?? 0,
  } as const
  return (q, k, v) => {
    const call = (branch: Graph, split: (x: Value, width: number) => Value, past: LayerCache): LayerCache => {
      const [o, key, value] = branch.applyAll(attention, [
        split(q, heads * headDim),
        split(k, kvHeads * headDim),
        split(v, kvHeads * headDim),
        past.key,
        past.value,
        rows.seqlensMinusOne,
        rows.totalLength,
        cos,
        sin,
      ])
      branch.output('o', t.reshape(o!, [-1, heads * headDim]))
      return { key: key!, value: value! }
    }

    const refill = new Graph()
    const { size, width } = rows.group
    const shapeOf = (columns: number) =>
      t.concat(
        [refill.capture(size), width, refill.constant(BigInt64Array.of(BigInt(columns)), 'i64', [1])],
        0,
      )
    const zero = refill.constant(BigInt64Array.of(0n), 'i64', [1])
    // The kernel wants a cache of R rows to write into; what stands in it is behind the end of every prompt.
    const blank = (all: Value) => refill.apply({ kind: 'RowsBetween' }, [all, zero, size])
    const read = call(
      refill,
      (x, columns) => refill.apply({ kind: 'ReshapeTo', shape: [-1, -1, columns] }, [x, shapeOf(columns)]),
      { key: blank(cache.key), value: blank(cache.value) },
    )
    const placed = (all: Value, some: Value) => refill.apply({ kind: 'ReplaceRows' }, [all, some, rows.slots])
    refill.output('key', placed(cache.key, read.key))
    refill.output('value', placed(cache.value, read.value))

    const decode = new Graph()
    const extended = call(decode, (x, columns) => t.reshape(decode.capture(x), [-1, 1, columns]), cache)
    decode.output('key', extended.key)
    decode.output('value', extended.value)

    const results = q.graph.applyAll({ kind: 'If', yes: refill, no: decode }, [rows.isRefill])
    const [o, key, value] = results as [Value, Value, Value]
    store({ key, value })
    return o
  }
}
