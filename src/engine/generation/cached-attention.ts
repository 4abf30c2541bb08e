import * as t from '../tensor/build.ts'
import { Graph, type Value } from '../tensor/graph.ts'
import type { Attend } from '../model/decoder-layer.ts'
import type { ModelConfig } from '../model/model-config.ts'
import type { StepInputs } from './step-inputs.ts'

// R prompts of T tokens, or B slots; H heads, Hkv of them with keys of their own; hd numbers a head; C the capacity of the cache.

/** Keys and values of one layer: of the slots [B, Hkv, C, hd], or what a step adds to them [R or B, Hkv, T or 1, hd]. */
export interface LayerCache {
  key: Value
  value: Value
}

/**
 * Attention that reads a cache; `store` receives what the host adds to it. Either kind of step (R whole prompts, or one token
 * for each of B slots) has its own kernels, so that the matrices around them are shared by both and lie in memory once.
 * The cache itself is never copied: the token of a step is not in it yet, and its score stands beside those of the cache.
 */
export function cachedAttention(
  config: ModelConfig,
  kindIndex: number,
  inputs: StepInputs,
  cache: LayerCache,
  store: (added: LayerCache) => void,
): Attend {
  const { heads, kvHeads, headDim, attentionScale, attentionSoftcap } = config
  const { cos, sin, mask } = inputs.kinds[kindIndex]!
  const softcap = attentionSoftcap ?? 0
  return (q, k, v) => {
    const refill = new Graph()
    const size = (columns: number) =>
      t.concat(
        [refill.capture(inputs.promptShape), refill.constant(BigInt64Array.of(BigInt(columns)), 'i64', [1])],
        0,
      )
    const rows = (x: Value, columns: number) =>
      refill.apply({ kind: 'ReshapeTo', shape: [-1, -1, columns] }, [x, size(columns)])
    const read = refill.applyAll(
      {
        kind: 'CachedAttention',
        heads,
        kvHeads,
        scale: attentionScale,
        window: config.layerKinds[kindIndex]!.window,
        softcap,
      },
      [
        rows(q, heads * headDim),
        rows(k, kvHeads * headDim),
        rows(v, kvHeads * headDim),
        inputs.blank,
        inputs.blank,
        inputs.last,
        inputs.total,
        cos,
        sin,
      ],
    )
    refill.output('o', t.reshape(read[0]!, [-1, heads * headDim]))
    refill.output('key', read[1]!)
    refill.output('value', read[2]!)

    const decode = new Graph()
    const made = decode.applyAll({ kind: 'StepAttention', heads, kvHeads, scale: attentionScale, softcap }, [
      decode.capture(q),
      k,
      v,
      cache.key,
      cache.value,
      mask,
      inputs.positions,
      inputs.groupPositions,
      cos,
      sin,
    ])
    for (const [i, name] of ['o', 'key', 'value'].entries()) decode.output(name, made[i]!)

    const results = q.graph.applyAll({ kind: 'If', yes: refill, no: decode }, [inputs.isRefill])
    store({ key: results[1]!, value: results[2]! })
    return results[0]!
  }
}
