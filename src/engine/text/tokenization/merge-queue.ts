/** A binary heap of possible merges, lowest rank first, leftmost first among equals. */
export class MergeQueue {
  #keys = new Float64Array(64)
  #size = 0

  get isEmpty(): boolean {
    return this.#size === 0
  }

  clear(): void {
    this.#size = 0
  }

  /** `rank` < 2^21, `position` < 2^32: both are exact in one float64. */
  push(rank: number, position: number): void {
    if (this.#size === this.#keys.length) {
      const larger = new Float64Array(2 * this.#keys.length)
      larger.set(this.#keys)
      this.#keys = larger
    }
    const keys = this.#keys
    const key = rank * 2 ** 32 + position
    let at = this.#size++
    while (at > 0) {
      const above = (at - 1) >> 1
      if (keys[above]! <= key) break
      keys[at] = keys[above]!
      at = above
    }
    keys[at] = key
  }

  pop(): { rank: number; position: number } {
    const keys = this.#keys
    const top = keys[0]!
    const key = keys[--this.#size]!
    let at = 0
    while (true) {
      let below = 2 * at + 1
      if (below >= this.#size) break
      if (below + 1 < this.#size && keys[below + 1]! < keys[below]!) below++
      if (keys[below]! >= key) break
      keys[at] = keys[below]!
      at = below
    }
    keys[at] = key
    const rank = Math.floor(top / 2 ** 32)
    return { rank, position: top - rank * 2 ** 32 }
  }
}
