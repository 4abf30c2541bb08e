import type { ShapedData } from '../onnx/compiled-program.ts'

export interface CacheShape {
  slots: number // B
  heads: number // Hkv
  capacity: number // C
  headDim: number // hd
}

/**
 * The keys and values of all slots between two calls, on the host: arrays [B, Hkv, C, hd]. The kernel writes a whole cache
 * anew every step, so C is kept as small as the next call allows.
 */
export class SlotCaches {
  private readonly arrays: Float32Array[]
  private shape: CacheShape

  constructor(count: number, shape: CacheShape) {
    this.shape = shape
    this.arrays = Array.from({ length: count }, () => new Float32Array(sizeOf(shape)))
  }

  get slots(): number {
    return this.shape.slots
  }

  get capacity(): number {
    return this.shape.capacity
  }

  feeds(): ShapedData[] {
    const { slots, heads, capacity, headDim } = this.shape
    return this.arrays.map((data) => ({ data, shape: [slots, heads, capacity, headDim] }))
  }

  /** Takes over what a call made of array i. */
  replace(array: (i: number) => Float32Array): void {
    for (const i of this.arrays.keys()) this.arrays[i] = array(i)
  }

  /** Keeps the slots of these numbers, in this order, with room for `capacity` positions. */
  reshape(kept: readonly number[], capacity: number): void {
    const old = this.shape
    if (kept.length === old.slots && capacity === old.capacity) return
    this.shape = { ...old, slots: kept.length, capacity }
    const { heads, headDim } = old
    const columns = Math.min(capacity, old.capacity) * headDim
    for (const [i, source] of this.arrays.entries()) {
      const target = new Float32Array(sizeOf(this.shape))
      for (const [slot, from] of kept.entries()) {
        for (let head = 0; head < heads; head++) {
          const begin = (from * heads + head) * old.capacity * headDim
          target.set(source.subarray(begin, begin + columns), (slot * heads + head) * capacity * headDim)
        }
      }
      this.arrays[i] = target // one by one: two whole sets would be twice the memory
    }
  }
}

const sizeOf = ({ slots, heads, capacity, headDim }: CacheShape): number => slots * heads * capacity * headDim
