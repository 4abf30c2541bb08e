import * as t from '../tensor/build.ts'
import type { Value } from '../tensor/graph.ts'
import type { Attend } from '../model/decoder-layer.ts'
import type { LayerKind, ModelConfig } from '../model/model-config.ts'

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
  /** One table per layer kind: cos and sin [C, r/2]. */
  rotary: readonly { cos: Value; sin: Value }[]
}

/** Attention that reads and extends a cache; `store` receives the extended one. Right padding is native to the kernel. */
export function cachedAttention(
  config: ModelConfig,
  kindIndex: number,
  window: CacheWindow,
  cache: LayerCache,
  store: (cache: LayerCache) => void,
): Attend {
  const { heads, kvHeads, headDim, attentionScale, attentionSoftcap } = config
  const kind: LayerKind = config.layerKinds[kindIndex]!
  const { cos, sin } = window.rotary[kindIndex]!
  const { batch, tokens } = window
  return (q, k, v) => {
    const split = (x: Value, width: number) => t.reshape(x, [batch, tokens, width])
    const [o, key, value] = q.graph.applyAll(
      {
        kind: 'CachedAttention',
        heads,
        kvHeads,
        scale: attentionScale,
        window: kind.window,
        softcap: attentionSoftcap ?? 0,
      },
      [
        split(q, heads * headDim),
        split(k, kvHeads * headDim),
        split(v, kvHeads * headDim),
        cache.key,
        cache.value,
        window.seqlensMinusOne,
        window.totalLength,
        cos,
        sin,
      ],
    )
    store({ key: key!, value: value! })
    return t.reshape(o!, [batch * tokens, heads * headDim])
  }
}
