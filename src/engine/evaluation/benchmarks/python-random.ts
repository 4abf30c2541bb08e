/**
 * Python's `random.Random(seed)`: MT19937, seeded by `init_by_array` with the seed's 32-bit digits, and `sample` as
 * CPython has had it from 3.2 on. The harness draws its shots by it, so the same shots need the same stream.
 */
export class PythonRandom {
  readonly #state = new Uint32Array(624)
  #next = 624

  /** `seed`: a whole number from 0 up to 2^32 − 1. */
  constructor(seed: number) {
    const state = this.#state
    fill(state, 19_650_218)
    let i = 1
    for (let step = 0; step < 624; step++) {
      state[i] = ((state[i]! ^ Math.imul(mixed(state[i - 1]!), 1_664_525)) + seed) >>> 0
      i = advance(state, i)
    }
    for (let step = 0; step < 623; step++) {
      state[i] = ((state[i]! ^ Math.imul(mixed(state[i - 1]!), 1_566_083_941)) - i) >>> 0
      i = advance(state, i)
    }
    state[0] = 0x80000000
  }

  /** 32 bits. */
  bits(): number {
    if (this.#next === 624) this.#generate()
    let y = this.#state[this.#next++]!
    y ^= y >>> 11
    y ^= (y << 7) & 0x9d2c5680
    y ^= (y << 15) & 0xefc60000
    y ^= y >>> 18
    return y >>> 0
  }

  /** 0 ≤ result < `count` < 2^32, evenly. */
  below(count: number): number {
    const shift = Math.clz32(count) // 32 − bit_length
    for (;;) {
      const drawn = this.bits() >>> shift
      if (drawn < count) return drawn
    }
  }

  /** `sample(population, count)`, in the order that Python returns. */
  sample<T>(population: readonly T[], count: number): T[] {
    const size = population.length
    if (count < 0 || count > size)
      throw new RangeError(`a sample of ${count} was asked from a population of ${size}`)
    // Python's choice between its two ways is by memory; they draw different numbers.
    const setSize = 21 + (count > 5 ? 4 ** Math.ceil(logBase4(count * 3)) : 0)
    return size <= setSize
      ? this.#sampleFromPool([...population], count)
      : this.#sampleDistinct(population, count)
  }

  #sampleFromPool<T>(pool: T[], count: number): T[] {
    return Array.from({ length: count }, (_, drawn) => {
      const at = this.below(pool.length - drawn)
      const chosen = pool[at]!
      pool[at] = pool[pool.length - drawn - 1]!
      return chosen
    })
  }

  #sampleDistinct<T>(population: readonly T[], count: number): T[] {
    const seen = new Set<number>()
    while (seen.size < count) seen.add(this.below(population.length))
    return [...seen].map((at) => population[at]!)
  }

  #generate(): void {
    const state = this.#state
    for (let i = 0; i < 624; i++) {
      const y = (state[i]! & 0x80000000) | (state[(i + 1) % 624]! & 0x7fffffff)
      state[i] = state[(i + 397) % 624]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0)
    }
    this.#next = 0
  }
}

const mixed = (word: number): number => word ^ (word >>> 30)

/** `math.log(x, 4)`, the quotient that Python rounds: exact powers of four decide the way of sampling. */
const logBase4 = (x: number): number => Math.log(x) / Math.log(4)

function fill(state: Uint32Array, seed: number): void {
  state[0] = seed
  for (let i = 1; i < 624; i++) state[i] = Math.imul(1_812_433_253, mixed(state[i - 1]!)) + i
}

/** The next index; behind the last, the first takes the last's word. */
function advance(state: Uint32Array, i: number): number {
  if (i < 623) return i + 1
  state[0] = state[623]!
  return 1
}
