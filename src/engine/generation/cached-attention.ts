import * as t from '../tensor/build.ts'
import type { Value } from '../tensor/graph.ts'
import type { LlamaConfig } from '../model/llama-config.ts'
import type { Attend } from '../model/llama-layer.ts'

/** Keys and values of one layer over the whole capacity C: each [B, Hkv, C, hd]. */
export interface LayerCache {
  key: Value
  value: Value
}

export interface CacheWindow {
  batch: number
  /** Tokens per row in this call: the padded prompt length, then 1. */
  tokens: number
  seqlensMinusOne: Value // i32 [B], real length of each row, this call's tokens included, minus 1
  totalLength: Value // i32 [1], the longest row, this call's tokens included
  cos: Value // [C, hd/2]
  sin: Value
}

/** Attention that reads and extends a cache; `store` receives the extended one. Right padding is native to the kernel. */
export function cachedAttention(
  config: LlamaConfig,
  window: CacheWindow,
  cache: LayerCache,
  store: (cache: LayerCache) => void,
): Attend {
  const { heads, kvHeads, headDim } = config
  const { batch, tokens } = window
  return (q, k, v) => {
    const split = (x: Value, width: number) => t.reshape(x, [batch, tokens, width])
    const [o, key, value] = q.graph.applyAll(
      { kind: 'CachedAttention', heads, kvHeads, scale: headDim ** -0.5 },
      [
        split(q, heads * headDim),
        split(k, kvHeads * headDim),
        split(v, kvHeads * headDim),
        cache.key,
        cache.value,
        window.seqlensMinusOne,
        window.totalLength,
        window.cos,
        window.sin,
      ],
    )
    store({ key: key!, value: value! })
    return t.reshape(o!, [batch * tokens, heads * headDim])
  }
}
