import * as t from '../../tensor/build.ts'
import type { Graph, Value } from '../../tensor/graph.ts'
import type { ModelConfig } from '../../model/model-config.ts'

// B slots, C positions of each; N tokens; W = Hkv·hd numbers of a key or a value.

/**
 * The cache of one layer on a device: its keys as they are multiplied, [B, Hkv, hd, C], its values [B, Hkv, C, hd], both as
 * one flat array, so that a token's numbers can be put into their places whatever the shape around them.
 */
export interface CacheArrays {
  key: Value // [B·W·C]
  value: Value
}

/** Where the numbers of N tokens go, [N·W] each: token n stands in slot slots[n] at position positions[n]. */
export interface CachePlaces {
  keys: Value
  values: Value
}

/** slots i32 [N] or [1], positions i32 [N], capacity C i32 []. */
export function cachePlaces(
  graph: Graph,
  { kvHeads, headDim }: Pick<ModelConfig, 'kvHeads' | 'headDim'>,
  { slots, positions, capacity }: { slots: Value; positions: Value; capacity: Value },
): CachePlaces {
  const width = kvHeads * headDim
  const perNumber = (numberOf: (i: number) => number) =>
    graph.constant(
      Int32Array.from({ length: width }, (_, i) => numberOf(i)),
      'i32',
      [1, width],
    )
  const constant = (value: number) => graph.scalar(value, 'i32')
  const slot = t.reshape(slots, [-1, 1])
  const position = t.reshape(positions, [-1, 1])
  // ((slot·Hkv + head)·hd + number)·C + position, where head·hd + number counts on
  const keyRow = t.add(
    t.mul(slot, constant(width)),
    perNumber((i) => i),
  )
  const keys = t.add(t.mul(keyRow, capacity), position)
  // ((slot·Hkv + head)·C + position)·hd + number
  const valueRow = t.add(
    t.mul(slot, constant(kvHeads)),
    perNumber((i) => Math.floor(i / headDim)),
  )
  const valueCell = t.add(t.mul(valueRow, capacity), position)
  const values = t.add(
    t.mul(valueCell, constant(headDim)),
    perNumber((i) => i % headDim),
  )
  return { keys: t.reshape(keys, [-1]), values: t.reshape(values, [-1]) }
}

/** The cache with k and v [N, W] in their places. */
export function putIntoCache(cache: CacheArrays, places: CachePlaces, k: Value, v: Value): CacheArrays {
  const put = (array: Value, numbers: Value, at: Value) =>
    array.graph.apply({ kind: 'PutElements' }, [array, t.reshape(numbers, [-1]), at])
  return { key: put(cache.key, k, places.keys), value: put(cache.value, v, places.values) }
}
