/**
 * Counter-based randomness: every number is a hash of what it is for (seed, row, step), never of what was drawn
 * before. Rows are therefore reproducible whatever the batch, the order, or the number of interruptions.
 * The mixer is MurmurHash3_x86_32 (A. Appleby, public domain) over 32-bit words.
 */
const integerTag = 0x9e3779b9
const stringTag = 0x85ebca6b

/**
 * 32-bit hash of a sequence of strings and integers, in [0, 2³²). `1` and `'1'` differ, and so do
 * `('ab', 'c')` and `('a', 'bc')`. Numbers must be safe integers (a RangeError otherwise).
 */
export function hash32(...parts: readonly (number | string)[]): number {
  let state = 0
  let words = 0
  for (const part of parts) {
    if (typeof part === 'string') {
      state = absorb(absorb(state, stringTag), part.length)
      for (let i = 0; i < part.length; i++) state = absorb(state, part.charCodeAt(i))
      words += part.length + 2
    } else {
      if (!Number.isSafeInteger(part))
        throw new RangeError(`hash32 takes strings and integers, found ${part}`)
      state = absorb(absorb(absorb(state, integerTag), part | 0), Math.floor(part / 0x1_0000_0000) | 0)
      words += 3
    }
  }
  return finish(state ^ words)
}

/**
 * One uniform per (seed, row, step), strictly inside (0, 1). It has 23 random bits and an offset of half a bin, so
 * it is exact in float32 and stays below 1 there: the decode graph takes it as float32.
 */
export function uniform(seed: number, row: string | number, step: number): number {
  return ((hash32(seed, row, step) >>> 9) + 0.5) / 0x80_0000
}

/** A permutation of 0 … n−1 (Fisher–Yates); the same `n` and `seed` give the same order. */
export function shuffled(n: number, seed: number): Uint32Array {
  const order = new Uint32Array(n)
  for (let i = 0; i < n; i++) order[i] = i
  for (let i = n - 1; i > 0; i--) {
    const j = below(i + 1, hash32(seed, i))
    const held = order[i]!
    order[i] = order[j]!
    order[j] = held
  }
  return order
}

/** Maps a 32-bit hash to an integer in [0, bound); the bias is below bound / 2³². */
export function below(bound: number, hash: number): number {
  return Math.floor((hash / 0x1_0000_0000) * bound)
}

function absorb(state: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51)
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593)
  const mixed = state ^ k
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0
}

function finish(state: number): number {
  let h = state
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
