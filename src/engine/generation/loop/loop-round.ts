import * as t from '../../tensor/build.ts'
import { Graph, type Value } from '../../tensor/graph.ts'
import { decoderLayer } from '../../model/decoder-layer.ts'
import { type LayerCache, maskWhere, promptAttention, runtimeShape } from './loop-attention.ts'
import { nextGroup, type NextGroup } from './loop-queue.ts'
import {
  canRefill,
  filledSlots,
  openCount,
  outputSlots,
  slotInputs,
  slotNames,
  slotsOf,
  slotsToFill,
} from './loop-state.ts'
import { stepLoop } from './loop-step.ts'
import {
  cacheShape,
  layerCaches,
  type LoopValues,
  recordInputs,
  type RoundState,
  seen,
} from './loop-values.ts'
import { anglesAt } from './rotated-rows.ts'

/** Carried from round to round: the slots, next and spent i32 [1], made, logits where wanted, the caches. */
export function roundGraph(values: LoopValues): Graph {
  const { config, shape, queue, budget, least } = values
  const round = new Graph()
  round.input('round', 'i64', [])
  round.input('going', 'bool', [])
  const before = roundInputs(round, values)
  const group = nextGroup(round, queue, before.next)
  const condition = canRefill(round, before.state, shape.slots, group)
  const kept = new Graph()
  outputRefilled(kept, before)
  const refilled = round.applyAll({ kind: 'If', yes: refillGraph(values, before, group), no: kept }, [
    condition,
  ])
  const at = slotNames.length
  const state = slotsOf(refilled)
  const [next, spentBefore] = [refilled[at]!, refilled[at + 1]!]
  const caches = layerCaches(refilled.slice(at + 2).map((value) => t.reshape(value, cacheShape(values))))

  const following = nextGroup(round, queue, next)
  const steps = stepLoop(values, round, { ...before, state, next, spent: spentBefore, caches }, following)
  const merged = caches.map((cache, layer) => ({
    key: merge(values, round, state.position, cache.key, steps.windows[layer]!.key),
    value: merge(values, round, state.position, cache.value, steps.windows[layer]!.value),
  }))
  const open = openCount(round, steps.state)
  const isLeft = round.apply({ kind: 'Less' }, [next, queue.count])
  const goesOn = round.apply({ kind: 'And' }, [
    round.apply({ kind: 'Or' }, [isLeft, round.apply({ kind: 'LessOrEqual' }, [least, open])]),
    round.apply({ kind: 'Less' }, [steps.spent, budget]),
  ])
  round.output('going', t.reshape(goesOn, []))
  outputSlots(round, steps.state)
  round.output('next', next)
  round.output('spent', steps.spent)
  steps.records.forEach((value, i) => round.output(`record${i}`, value))
  for (let layer = 0; layer < config.layers; layer++) {
    round.output(`key${layer}`, merged[layer]!.key)
    round.output(`value${layer}`, merged[layer]!.value)
  }
  return round
}

function roundInputs(round: Graph, values: LoopValues): RoundState {
  const { config, shape } = values
  const cache = (name: string) => round.input(name, shape.compute, cacheShape(values))
  return {
    state: slotInputs(round, shape.slots),
    next: round.input('next', 'i32', [1]),
    spent: round.input('spent', 'i32', [1]),
    records: recordInputs(round, values),
    caches: Array.from({ length: config.layers }, (_, i) => ({
      key: cache(`key${i}`),
      value: cache(`value${i}`),
    })),
  }
}

function outputRefilled(graph: Graph, { state, next, spent, caches }: Omit<RoundState, 'records'>): void {
  outputSlots(graph, state)
  graph.output('next', graph.capture(next))
  graph.output('spent', graph.capture(spent))
  caches.forEach(({ key, value }, layer) => {
    graph.output(`key${layer}`, graph.capture(key))
    graph.output(`value${layer}`, graph.capture(value))
  })
}

/** The next group's prompts are read into free slots. */
function refillGraph(values: LoopValues, before: RoundState, group: NextGroup): Graph {
  const { config, shape, queue, columns, tables, weights } = values
  const refill = new Graph()
  const zero = refill.constant(BigInt64Array.of(0n), 'i64', [1])
  const slots = slotsToFill(refill, before.state, group)
  const ids = refill.apply({ kind: 'RowsBetween' }, [queue.ids, group.idStart, group.idEnd])
  const within = refill.apply({ kind: 'RowsBetween' }, [columns, zero, group.width]) // [T]
  const ofPrompts = refill.apply({ kind: 'RowsBetween' }, [queue.items, group.start, group.end]) // [R]
  const zeros = t.mul(t.reshape(ofPrompts, [-1, 1]), refill.scalar(0, 'i32'))
  const positions = t.reshape(t.add(zeros, within), [-1]) // [R·T]
  const [row, column] = [t.reshape(within, [-1, 1]), t.reshape(within, [1, -1])]
  const masks = config.layerKinds.map(({ window }) => maskWhere(refill, seen(refill, row, column, window)))
  // Behind a prompt stands its last column again: nobody sees it before it is written.
  const last = t.sub(refill.capture(group.width), refill.constant(BigInt64Array.of(1n), 'i64', [1]))
  const wide = t.cast(refill.capture(columns), 'i64')
  const padded = refill.apply({ kind: 'Where' }, [refill.apply({ kind: 'Less' }, [wide, last]), wide, last])
  const placed = (cache: Value, made: Value) =>
    refill.apply({ kind: 'ReplaceRows' }, [
      refill.capture(cache),
      refill.apply({ kind: 'GatherAxis', axis: 2 }, [made, padded]),
      slots,
    ])

  const caches: LayerCache[] = []
  let x = weights.embed(ids) // [R·T, D]
  for (let layer = 0; layer < config.layers; layer++) {
    const kind = config.kindOfLayer[layer]!
    const past = before.caches[layer]!
    const attend = promptAttention(
      refill,
      { config, angles: anglesAt(tables[kind]!, positions) },
      { size: group.size, width: group.width, mask: masks[kind]! },
      ({ key, value }) => caches.push({ key: placed(past.key, key), value: placed(past.value, value) }),
    )
    x = decoderLayer(config, x, weights.layer(layer), attend, shape.compute)
  }
  outputRefilled(refill, {
    state: filledSlots(refill, before.state, queue, group, slots),
    next: t.add(refill.capture(before.next), refill.scalar(1, 'i32')),
    spent: t.add(refill.capture(before.spent), group.cost),
    caches,
  })
  return refill
}

/** A round's keys or values put into the cache, from each slot's position at its start on: all K, used or not. */
function merge(
  { config, shape, capacity }: LoopValues,
  round: Graph,
  started: Value,
  cache: Value,
  window: Value,
): Value {
  const { kvHeads, headDim } = config
  const blocks = round.constant(
    BigInt64Array.from({ length: shape.slots * kvHeads }, (_, i) => BigInt(i)),
    'i64',
    [shape.slots, kvHeads, 1],
  )
  const columns = round.constant(
    BigInt64Array.from({ length: shape.window }, (_, i) => BigInt(i)),
    'i64',
    [1, 1, shape.window],
  )
  const start = t.reshape(t.cast(round.capture(started), 'i64'), [shape.slots, 1, 1])
  const rows = t.reshape(t.add(t.add(t.mul(blocks, capacity), start), columns), [-1])
  const flat = round.apply({ kind: 'ReplaceRows' }, [
    t.reshape(cache, [-1, headDim]),
    t.reshape(window, [-1, headDim]),
    rows,
  ])
  const size = runtimeShape(round, [shape.slots, kvHeads, -1, headDim])
  return round.apply({ kind: 'ReshapeTo', shape: [shape.slots, kvHeads, -1, headDim] }, [flat, size])
}
