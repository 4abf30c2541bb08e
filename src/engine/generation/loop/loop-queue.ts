import * as t from '../../tensor/build.ts'
import type { Dtype, TensorData } from '../../tensor/dtype.ts'
import type { Graph, Value } from '../../tensor/graph.ts'
import type { ShapedData } from '../../onnx/compiled-program.ts'
import type { PromptGroup } from '../prompt-groups.ts'

/**
 * The prompts of one call of a decode loop, in the order in which slots take them, group by group: J items in G groups of R
 * prompts each, right-padded to T tokens. J, G, R and T are known at run time alone.
 */
export interface PromptQueue {
  ids: Value // i32 [ΣR·T]: group by group
  lastIds: Value // i32 [J]: each prompt's last token
  lengths: Value // i32 [J]
  caps: Value // i32 [J]: tokens that each answer may still get
  items: Value // i32 [J]: 0, 1, 2, …
  /** i64 [G+2]: where a group begins in `ids`, and in the items; the last two are the ends. */
  idStarts: Value
  itemStarts: Value
  widths: Value // i32 [G+1]: T of each group; anything at the end
  /** What reading a group costs, i32 [G+1], in steps. */
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

/** One prompt of a call: what is there of its answer so far stands at its end. */
export interface QueuedPrompt {
  ids: readonly number[]
  /** Tokens that it may still get. */
  cap: number
}

/** `groups` cut `prompts` into consecutive parts; `costOf`: in steps. */
export function queueFeeds(
  prompts: readonly QueuedPrompt[],
  groups: readonly PromptGroup[],
  costOf: (group: PromptGroup) => number,
): Record<string, ShapedData> {
  const idStarts = [0]
  for (const { size, width } of groups) idStarts.push(idStarts.at(-1)! + size * width)
  const ids = new Int32Array(idStarts.at(-1)!)
  for (const [g, { start, size, width }] of groups.entries())
    for (let row = 0; row < size; row++) ids.set(prompts[start + row]!.ids, idStarts[g]! + row * width)
  const itemStarts = [...groups.map(({ start }) => start), prompts.length, prompts.length]
  return {
    ids: flat(ids),
    lastIds: flat(Int32Array.from(prompts, (prompt) => prompt.ids.at(-1)!)),
    lengths: flat(Int32Array.from(prompts, (prompt) => prompt.ids.length)),
    caps: flat(Int32Array.from(prompts, ({ cap }) => cap)),
    items: flat(Int32Array.from(prompts, (_, item) => item)),
    idStarts: flat(BigInt64Array.from([...idStarts, ids.length], BigInt)),
    itemStarts: flat(BigInt64Array.from(itemStarts, BigInt)),
    widths: flat(Int32Array.from([...groups.map(({ width }) => width), 1])),
    costs: flat(Int32Array.from([...groups.map(costOf), 0])),
    count: flat(Int32Array.of(groups.length)),
  }
}

export const flat = (data: TensorData): ShapedData => ({ data, shape: [data.length] })

/** The group that the slots take next. */
export interface NextGroup {
  /** i64 [1]: R (0 behind the last group), and T. */
  size: Value
  width: Value
  /** i64 [1]: where its items begin and end, and its tokens. */
  start: Value
  end: Value
  idStart: Value
  idEnd: Value
  cost: Value // i32 [1]
}

/** `next` i32 [1]: the first group that was not taken. */
export function nextGroup(graph: Graph, queue: PromptQueue, next: Value): NextGroup {
  const following = t.add(graph.capture(next), graph.scalar(1, 'i32'))
  const at = (of: Value, index: Value) => graph.apply({ kind: 'GatherAxis', axis: 0 }, [of, index]) // [1]
  const [start, end] = [at(queue.itemStarts, next), at(queue.itemStarts, following)]
  return {
    size: t.sub(end, start),
    width: t.cast(at(queue.widths, next), 'i64'),
    start,
    end,
    idStart: at(queue.idStarts, next),
    idEnd: at(queue.idStarts, following),
    cost: at(queue.costs, next),
  }
}
