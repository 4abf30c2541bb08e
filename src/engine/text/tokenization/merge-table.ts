/** Pairs of token ids to the rank of their merge, as an open-addressing hash table: the innermost lookup of BPE. */
export class MergeTable {
  readonly #mask: number
  /** Three numbers a slot: left id, right id, rank + 1 (0 where the slot is free). */
  readonly #slots: Int32Array
  /** The token each rank makes. */
  readonly made: Int32Array

  /** The rank of a merge is its place; where a pair is listed twice the later one counts, as in `tokenizers`. */
  constructor(merges: readonly (readonly [left: number, right: number, made: number])[]) {
    const size = 2 ** Math.ceil(Math.log2(2 * merges.length + 2))
    this.#mask = size - 1
    this.#slots = new Int32Array(3 * size)
    this.made = new Int32Array(merges.length)
    merges.forEach(([left, right, made], rank) => {
      const slot = this.#slot(left, right)
      this.#slots[slot] = left
      this.#slots[slot + 1] = right
      this.#slots[slot + 2] = rank + 1
      this.made[rank] = made
    })
  }

  /** The rank of merging two tokens, −1 where they do not merge. */
  rank(left: number, right: number): number {
    return this.#slots[this.#slot(left, right) + 2]! - 1
  }

  #slot(left: number, right: number): number {
    let at = (Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)) >>> 0
    at = (at ^ (at >>> 15)) & this.#mask
    while (true) {
      const slot = 3 * at
      if (this.#slots[slot + 2] === 0 || (this.#slots[slot] === left && this.#slots[slot + 1] === right))
        return slot
      at = (at + 1) & this.#mask
    }
  }
}
