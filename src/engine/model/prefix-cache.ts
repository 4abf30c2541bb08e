import type { Value } from '../tensor/graph.ts'
import * as t from '../tensor/build.ts'
import type { ModelConfig } from './model-config.ts'

/** One layer's view of a prefix: [Hkv, C, hd] each, keys rotated. */
export interface PrefixOfLayer {
  prefixKeys: Float32Array
  prefixValues: Float32Array
}

/**
 * Tokens that many sequences begin with, read once: what every layer's attention needs of them. They stand before all
 * sequences of a batch whose `prefixTokens` says so.
 */
export interface PrefixCache {
  tokenIds: readonly number[] // C
  layers: PrefixOfLayer[]
}

export const prefixBytes = ({ layers, kvHeads, headDim }: ModelConfig, tokens: number): number =>
  4 * 2 * layers * kvHeads * headDim * tokens

/** Keys or values [C, Hkv·hd] as a prefix holds them: [Hkv, C, hd]. */
export const asPrefix = ({ kvHeads, headDim }: ModelConfig, x: Value): Value =>
  t.transpose(t.reshape(x, [x.shape[0]!, kvHeads, headDim]), [1, 0, 2])
