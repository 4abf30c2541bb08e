import * as t from '../tensor/build.ts'
import type { Dtype } from '../tensor/dtype.ts'
import { Graph, type Value } from '../tensor/graph.ts'

/** B slots, J items in G groups of R items each; B, J, G, R and T are known at run time alone. */

/** What the slots are doing. A slot holds one item of the queue at a time. */
export interface SlotState {
  /** i32 [B]: the token that is read next. */
  token: Value
  /** i32 [B]: its position; 0 in a free slot. */
  position: Value
  /** i32 [B]: index into the queue; in a free slot that of the last one it held. */
  item: Value
  /** bool [B]: an answer is in the making here. */
  open: Value
  /** i32 [1]: the first group that the slots have not taken. */
  next: Value
}

/** Also the names of a decode program's inputs and outputs. */
export const slotNames = ['token', 'position', 'item', 'open', 'next'] as const satisfies (keyof SlotState)[]
export const slotDtype = (name: keyof SlotState): Dtype => (name === 'open' ? 'bool' : 'i32')

/** Prompts in the order in which slots take them, group by group; a group's prompts are read together. */
export interface PromptQueue {
  ids: Value // i32 [ΣR·T]: group by group, the R prompts right-padded to T ≥ 2
  lastIds: Value // i32 [J]: each prompt's last token
  lengths: Value // i32 [J]
  caps: Value // i32 [J]: tokens that each answer may have
  items: Value // i32 [J]: 0, 1, 2, …
  /** i64 [G+2]: where a group begins in `ids`, and in the items; the last two are the ends. */
  idStarts: Value
  itemStarts: Value
  widths: Value // i32 [G+1]: T of each group; anything at the end
  /** What reading a group costs, i32 [G+1]; in units of the caller. */
  costs: Value
  count: Value // i32 [1]: G
}

export function queueInputs(graph: Graph): PromptQueue {
  const input = (name: string, dtype: Dtype = 'i32', size = -1) => graph.input(name, dtype, [size])
  return {
    ids: input('ids'),
    lastIds: input('lastIds'),
    lengths: input('lengths'),
    caps: input('caps'),
    items: input('items'),
    idStarts: input('idStarts', 'i64'),
    itemStarts: input('itemStarts', 'i64'),
    widths: input('widths'),
    costs: input('costs'),
    count: input('count', 'i32', 1),
  }
}

/** What one step feeds the layers: the R prompts of a group, padded to T; or one token of every slot. */
export interface StepRows {
  isRefill: Value // bool [1]
  /** Of the next group: R and T, i64 [1]; where its items begin and end, i64 [1]. */
  group: { size: Value; width: Value; start: Value; end: Value }
  slots: Value // i64 [R]: those that a refill fills (in other steps fewer)
  ids: Value // i32 [R·T or B]
  seqlensMinusOne: Value // i32 [R or B]: real length of each row, this step's tokens included, minus 1
  totalLength: Value // i32 [1]: in a refill T exactly, by which the kernel knows a prompt; else the longest row's length
  cost: Value // i32 [1]
}

/** A step is a refill as soon as there are free slots for the next group; any other costs `stepCost` i32 [1]. */
export function chooseRows(body: Graph, state: SlotState, queue: PromptQueue, stepCost: Value): StepRows {
  const following = t.add(state.next, body.scalar(1, 'i32'))
  const at = (of: Value, index: Value) => body.apply({ kind: 'GatherAxis', axis: 0 }, [of, index]) // [1]
  const [start, end] = [at(queue.itemStarts, state.next), at(queue.itemStarts, following)]
  const width = at(queue.widths, state.next)
  const group = { size: t.sub(end, start), width: t.cast(width, 'i64'), start, end }
  const zero = body.constant(BigInt64Array.of(0n), 'i64', [1])
  const free = body.apply({ kind: 'Not' }, [state.open])
  const slots = body.apply({ kind: 'RowsBetween' }, [
    body.apply({ kind: 'Positions' }, [free]),
    zero,
    group.size,
  ])
  const freeCount = t.reduceSum(t.cast(free, 'i64'), [0], true)
  const isRefill = body.apply({ kind: 'And' }, [
    body.apply({ kind: 'Less' }, [zero, group.size]), // 0 behind the last group
    body.apply({ kind: 'LessOrEqual' }, [group.size, freeCount]),
  ])

  const refill = new Graph()
  refill.output(
    'ids',
    refill.apply({ kind: 'RowsBetween' }, [
      queue.ids,
      at(queue.idStarts, state.next),
      at(queue.idStarts, following),
    ]),
  )
  refill.output('last', lastPositions(refill, queue, group))
  refill.output('total', refill.capture(width))

  const decode = new Graph()
  const longest = decode.apply({ kind: 'ReduceMax', keepDims: true }, [state.position])
  decode.output('ids', decode.capture(state.token))
  decode.output('last', decode.capture(state.position))
  decode.output('total', t.add(longest, decode.scalar(1, 'i32')))
  const results = body.applyAll({ kind: 'If', yes: refill, no: decode }, [isRefill])
  const [ids, seqlensMinusOne, totalLength] = results as [Value, Value, Value]
  const cost = body.apply({ kind: 'Where' }, [isRefill, at(queue.costs, state.next), stepCost])
  return { isRefill, group, slots, ids, seqlensMinusOne, totalLength, cost }
}

/**
 * The slots after a refill. A prompt's last token is its slot's first to be read once more: so all tokens of an answer, the
 * first too, are made in the same way.
 */
export function filledSlots(graph: Graph, state: SlotState, queue: PromptQueue, rows: StepRows): SlotState {
  const placed = (all: Value, updates: Value) =>
    graph.apply({ kind: 'ReplaceRows' }, [graph.capture(all), updates, rows.slots])
  const items = taken(graph, queue.items, rows.group)
  const isOpen = graph.apply({ kind: 'Less' }, [graph.scalar(-1, 'i32'), items])
  return {
    token: placed(state.token, taken(graph, queue.lastIds, rows.group)),
    position: placed(state.position, lastPositions(graph, queue, rows.group)),
    item: placed(state.item, items),
    open: placed(state.open, isOpen),
    next: t.add(graph.capture(state.next), graph.scalar(1, 'i32')),
  }
}

/** i32 [B]: how many tokens the answer of each open slot has. */
export function answerLengths(graph: Graph, state: SlotState, queue: PromptQueue): Value {
  const lengths = graph.apply({ kind: 'GatherAxis', axis: 0 }, [queue.lengths, state.item])
  const made = t.sub(graph.capture(state.position), t.sub(lengths, graph.scalar(1, 'i32')))
  return graph.apply({ kind: 'Max' }, [made, graph.scalar(0, 'i32')]) // of a free slot it would be below 0
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
    next: graph.capture(state.next),
  }
}

/** Whether there is anything left to do, bool [1]. */
export function anyWork(graph: Graph, state: SlotState, queue: PromptQueue): Value {
  const open = t.reduceSum(t.cast(state.open, 'i32'), [0], true)
  return graph.apply({ kind: 'Or' }, [
    graph.apply({ kind: 'Less' }, [graph.scalar(0, 'i32'), open]),
    graph.apply({ kind: 'Less' }, [state.next, queue.count]),
  ])
}

/** The next group's part of what is known of all items. */
const taken = (graph: Graph, all: Value, { start, end }: StepRows['group']): Value =>
  graph.apply({ kind: 'RowsBetween' }, [all, start, end])

const lastPositions = (graph: Graph, queue: PromptQueue, group: StepRows['group']): Value =>
  t.sub(taken(graph, queue.lengths, group), graph.scalar(1, 'i32'))
