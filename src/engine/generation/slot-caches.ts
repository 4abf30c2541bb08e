import type { ShapedData } from '../onnx/compiled-program.ts'

export interface CacheShape {
  slots: number // B
  heads: number // Hkv
  capacity: number // C
  headDim: number // hd
}

/**
 * The keys and values of all slots, of every layer in turn: arrays [B, Hkv, C, hd]. A step's program reads them where they
 * lie. All C columns are multiplied, used or not, so C is kept small; the arrays have room for more and grow in place, because
 * memory that was never touched costs nothing.
 */
export class SlotCaches {
  private readonly buffers: readonly Float32Array[]
  private shape: CacheShape

  /** `arrays`: two a layer. `positions`: as many as C will ever be. */
  constructor(arrays: number, shape: CacheShape, positions: number) {
    this.shape = shape
    const size = sizeOf({ ...shape, capacity: positions })
    // One block: where memory is short, it is so before much of it is taken.
    const block = new ArrayBuffer(4 * size * arrays)
    this.buffers = Array.from({ length: arrays }, (_, i) => new Float32Array(block, 4 * size * i, size))
  }

  get slots(): number {
    return this.shape.slots
  }

  get capacity(): number {
    return this.shape.capacity
  }

  feeds(): ShapedData[] {
    const { slots, heads, capacity, headDim } = this.shape
    const shape = [slots, heads, capacity, headDim]
    return this.buffers.map((buffer) => ({ data: buffer.subarray(0, sizeOf(this.shape)), shape }))
  }

  /**
   * Takes over what a step computed for row `row` of `rows`: `count` positions from `position` on. added
   * [arrays·rows, Hkv, T, hd].
   */
  write(added: Float32Array, rows: number, row: number, slot: number, position: number, count: number): void {
    const { heads, capacity, headDim } = this.shape
    const width = added.length / (this.buffers.length * rows * heads)
    const size = count * headDim
    for (const [i, buffer] of this.buffers.entries()) {
      for (let head = 0; head < heads; head++) {
        const from = ((i * rows + row) * heads + head) * width
        const to = ((slot * heads + head) * capacity + position) * headDim
        // A subarray costs more than a few numbers do.
        if (size <= 128) for (let at = 0; at < size; at++) buffer[to + at] = added[from + at]!
        else buffer.set(added.subarray(from, from + size), to)
      }
    }
  }

  /** Zeros from `position` on: what another answer left there is multiplied by nothing, and NaN would not become nothing. */
  clear(slot: number, position: number): void {
    const { heads, capacity, headDim } = this.shape
    for (const buffer of this.buffers) {
      for (let head = 0; head < heads; head++) {
        const begin = (slot * heads + head) * capacity
        buffer.fill(0, (begin + position) * headDim, (begin + capacity) * headDim)
      }
    }
  }

  /** Keeps the slots of these numbers, ascending, with `capacity` positions each. */
  reshape(kept: readonly number[], capacity: number): void {
    const old = this.shape
    if (kept.length === old.slots && capacity === old.capacity) return
    if (kept.length < old.slots && capacity > old.capacity) {
      this.reshape(kept, old.capacity) // one after the other: all blocks move one way
      return this.reshape([...kept.keys()], capacity)
    }
    this.shape = { ...old, slots: kept.length, capacity }
    const { heads, headDim } = old
    const columns = Math.min(capacity, old.capacity) * headDim
    const blocks = kept.flatMap((slot) => Array.from({ length: heads }, (_, head) => slot * heads + head))
    for (const buffer of this.buffers) {
      const move = (block: number) => {
        const begin = blocks[block]! * old.capacity * headDim
        const to = block * capacity * headDim
        buffer.copyWithin(to, begin, begin + columns)
        buffer.fill(0, to + columns, to + capacity * headDim)
      }
      // Blocks that move up make way from the last on, those that move down from the first.
      if (capacity > old.capacity) for (let block = blocks.length - 1; block >= 0; block--) move(block)
      else for (let block = 0; block < blocks.length; block++) move(block)
    }
  }
}

const sizeOf = ({ slots, heads, capacity, headDim }: CacheShape): number => slots * heads * capacity * headDim
