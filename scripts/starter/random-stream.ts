import { below, hash32 } from '../../src/engine/tensor/random.ts'

/** A seeded sequence of draws for the generator; the same key gives the same sequence. */
export interface RandomStream {
  /** A whole number from lowest to highest, both included. */
  integer(lowest: number, highest: number): number
  pick<T>(list: readonly T[]): T
  /** `count` different items in random order: a Fisher–Yates shuffle, stopped early. */
  sample<T>(list: readonly T[], count: number): T[]
  shuffle<T>(list: readonly T[]): T[]
  chance(probability: number): boolean
}

export function randomStream(...key: readonly (number | string)[]): RandomStream {
  const seed = hash32(...key)
  let drawn = 0
  const next = (bound: number) => below(bound, hash32(seed, drawn++))
  const sample = <T>(list: readonly T[], count: number): T[] => {
    const order = [...list]
    for (let i = 0; i < count; i++) {
      const j = i + next(order.length - i)
      const held = order[i]!
      order[i] = order[j]!
      order[j] = held
    }
    return order.slice(0, count)
  }
  return {
    integer: (lowest, highest) => lowest + next(highest - lowest + 1),
    pick: (list) => list[next(list.length)]!,
    sample,
    shuffle: (list) => sample(list, list.length),
    chance: (probability) => next(1_000_000) < probability * 1_000_000,
  }
}
