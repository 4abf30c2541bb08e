import * as t from '../../tensor/build.ts'
import type { Dtype } from '../../tensor/dtype.ts'
import type { Graph, Value } from '../../tensor/graph.ts'
import type { NextGroup, PromptQueue } from './loop-queue.ts'

/** What the B slots of a decode loop are doing. A slot holds one item of the queue at a time. */
export interface SlotState {
  token: Value // i32 [B]: the token that is read next
  position: Value // i32 [B]: its position; 0 in a free slot
  item: Value // i32 [B]: index into the queue; in a free slot that of the last one it held
  open: Value // bool [B]: an answer is in the making here
}

export const slotNames = ['token', 'position', 'item', 'open'] as const satisfies (keyof SlotState)[]
export const slotDtype = (name: keyof SlotState): Dtype => (name === 'open' ? 'bool' : 'i32')

/** All slots free. */
export function freeSlots(graph: Graph, slots: number): SlotState {
  const zeros = graph.constant(new Int32Array(slots), 'i32', [slots])
  const closed = graph.constant(new Uint8Array(slots), 'bool', [slots])
  return { token: zeros, position: zeros, item: zeros, open: closed }
}

export function slotInputs(graph: Graph, slots: number): SlotState {
  const inputs = slotNames.map((name) => [name, graph.input(name, slotDtype(name), [slots])])
  return Object.fromEntries(inputs) as unknown as SlotState
}

export function outputSlots(graph: Graph, state: SlotState): void {
  for (const name of slotNames) graph.output(name, graph.capture(state[name]))
}

export const slotsOf = (values: readonly Value[]): SlotState =>
  Object.fromEntries(slotNames.map((name, i) => [name, values[i]!])) as unknown as SlotState

/** How many slots are open, i32 [1]. */
export const openCount = (graph: Graph, { open }: SlotState): Value =>
  t.reduceSum(t.cast(graph.capture(open), 'i32'), [0], true)

/** Whether there is a next group, and a free slot for each of its prompts: bool [1]. */
export function canRefill(graph: Graph, state: SlotState, slots: number, { size }: NextGroup): Value {
  const free = t.cast(t.sub(graph.scalar(slots, 'i32'), openCount(graph, state)), 'i64')
  const zero = graph.constant(BigInt64Array.of(0n), 'i64', [1])
  return graph.apply({ kind: 'And' }, [
    graph.apply({ kind: 'Less' }, [zero, size]),
    graph.apply({ kind: 'LessOrEqual' }, [size, free]),
  ])
}

/** The free slots that a group takes: i64 [R]. */
export function slotsToFill(graph: Graph, { open }: SlotState, { size }: NextGroup): Value {
  const free = graph.apply({ kind: 'Positions' }, [graph.apply({ kind: 'Not' }, [open])])
  const zero = graph.constant(BigInt64Array.of(0n), 'i64', [1])
  return graph.apply({ kind: 'RowsBetween' }, [free, zero, size])
}

/**
 * The slots after a refill. A prompt's last token is its slot's first to be read once more: so all tokens of an answer, the
 * first too, are made in the same way.
 */
export function filledSlots(
  graph: Graph,
  state: SlotState,
  queue: PromptQueue,
  group: NextGroup,
  slots: Value,
): SlotState {
  const taken = (all: Value) => graph.apply({ kind: 'RowsBetween' }, [all, group.start, group.end])
  const placed = (all: Value, updates: Value) =>
    graph.apply({ kind: 'ReplaceRows' }, [graph.capture(all), updates, slots])
  const items = taken(queue.items)
  return {
    token: placed(state.token, taken(queue.lastIds)),
    position: placed(state.position, t.sub(taken(queue.lengths), graph.scalar(1, 'i32'))),
    item: placed(state.item, items),
    open: placed(state.open, graph.apply({ kind: 'Less' }, [graph.scalar(-1, 'i32'), items])),
  }
}

/** i32 [B]: how many tokens each slot's answer got in this call; below 0 in a free one. */
export function madeCounts(graph: Graph, state: SlotState, queue: PromptQueue): Value {
  const lengths = graph.apply({ kind: 'GatherAxis', axis: 0 }, [queue.lengths, state.item])
  return t.sub(graph.capture(state.position), t.sub(lengths, graph.scalar(1, 'i32')))
}

/** The slots after each has made one of `tokens` [B]; those where `ended` bool [B] holds are free. */
export function advancedSlots(graph: Graph, state: SlotState, tokens: Value, ended: Value): SlotState {
  const open = graph.apply({ kind: 'And' }, [state.open, graph.apply({ kind: 'Not' }, [ended])])
  const following = t.add(graph.capture(state.position), graph.scalar(1, 'i32'))
  return {
    token: tokens,
    position: graph.apply({ kind: 'Where' }, [open, following, graph.scalar(0, 'i32')]),
    item: graph.capture(state.item),
    open,
  }
}
