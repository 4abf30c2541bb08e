import { hash32 } from '../../tensor/random.ts'

/** Names the random numbers of one micro-batch: a resumed run, and the recomputed forward pass, see the same. */
export interface DropoutKey {
  seed: number
  step: number
  /** Number of the micro-batch within its step. */
  microBatch: number
}

/**
 * Which of `count` inputs of a layer's module are kept: 1, or 0 with probability `rate` (to 1/65536).
 * xorshift32 (Marsaglia 2003) from a hash of what the numbers are for: a hash for each would cost more than the layer.
 */
export function dropoutMask(
  { seed, step, microBatch }: DropoutKey,
  layer: number,
  module: string,
  count: number,
  rate: number,
): Uint8Array {
  const limit = Math.round(rate * 0x1_0000)
  let state = hash32('dropout', seed, step, microBatch, layer, module) || 1
  const kept = new Uint8Array(count)
  for (let i = 0; i < count; i += 2) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    kept[i] = (state & 0xffff) >= limit ? 1 : 0
    if (i + 1 < count) kept[i + 1] = state >>> 16 >= limit ? 1 : 0
  }
  return kept
}
