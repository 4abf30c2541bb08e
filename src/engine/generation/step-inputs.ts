import type { ModelConfig } from '../model/model-config.ts'
import type { Graph, Value } from '../tensor/graph.ts'

/** What a step of the decode program reads beside weights and cache. B slots, or R prompts padded to T tokens. */
export interface StepInputs {
  /** bool [1]: the step reads prompts; else it makes one token in every slot. */
  isRefill: Value
  /** i32 [R·T or B] */
  ids: Value
  /**
   * Of prompts (anything in other steps): the position of the last token read of each i32 [R]; R and T i64 [2]; T i32 [1], by which
   * the kernel knows a prompt; and f32 [R, Hkv, T, hd], the cache that the kernel wants to extend: what stands in it is behind
   * the end of every prompt.
   */
  last: Value
  promptShape: Value
  total: Value
  blank: Value
  /** Of slots (anything in other steps): the position of each one's token, i64 [B,1] and [B,G] (see StepAttention). */
  positions: Value
  groupPositions: Value
  kinds: readonly KindInputs[]
}

/** One per layer kind. */
export interface KindInputs {
  cos: Value // [≥ C, r/2]
  sin: Value
  /** f32 [B, 1, 1, C+1]: see StepAttention. */
  mask: Value
}

export function stepInputs(graph: Graph, config: ModelConfig): StepInputs {
  const { layerKinds, heads, kvHeads, headDim } = config
  return {
    isRefill: graph.input('isRefill', 'bool', [1]),
    ids: graph.input('ids', 'i32', [-1]),
    last: graph.input('last', 'i32', [-1]),
    promptShape: graph.input('promptShape', 'i64', [2]),
    total: graph.input('total', 'i32', [1]),
    blank: graph.input('blank', 'f32', [-1, kvHeads, -1, headDim]),
    positions: graph.input('positions', 'i64', [-1, 1]),
    groupPositions: graph.input('groupPositions', 'i64', [-1, heads / kvHeads]),
    kinds: layerKinds.map(({ rope }, i) => {
      const angles = [-1, rope.inverseFrequencies.length]
      return {
        cos: graph.input(`cos${i}`, 'f32', angles),
        sin: graph.input(`sin${i}`, 'f32', angles),
        mask: graph.input(`mask${i}`, 'f32', [-1, 1, 1, -1]),
      }
    }),
  }
}
