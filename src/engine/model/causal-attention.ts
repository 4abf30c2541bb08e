import * as t from '../tensor/build.ts'
import type { Graph, Value } from '../tensor/graph.ts'
import { isHalf } from '../tensor/half-floats.ts'
import { type Attend, softcapped } from './decoder-layer.ts'
import type { LayerKind, ModelConfig } from './model-config.ts'
import { rotaryTable } from './rotary-table.ts'
import { type AttentionBlock, type BatchInputs, type BatchShape, slotsOf } from './token-batch.ts'

// T rows; C tokens of a prefix; a block's N prompts of P slots and n answers each of A slots; H heads, Hkv of them with
// keys of their own, G = H / Hkv, hd numbers a head; Q query slots and K key slots of S sequences.

export interface AttentionOptions {
  /** Query slots of a tile. */
  tileSlots?: number
  /** Given the rotated keys and the values [T, Hkv·hd]: a prefix's are kept. */
  onKeysAndValues?: (keys: Value, values: Value) => void
}

/**
 * Attention within the blocks of a batch: a prompt sees itself, an answer sees its prompt and itself, each token only
 * those before it. So a prompt's rows are computed once for all its answers, and no answer sees another.
 * A prefix is seen by all, its keys and values being inputs (prefixKeys, prefixValues [Hkv, C, hd]): its slots are the
 * first C of every sequence. Long queries run in tiles. Grouped queries are folded into rows ([S·Hkv, G·Q, hd] against k [S·Hkv, K, hd]), so k and v
 * are not repeated for them.
 * Products are computed in the type of v; angles, scores and softmax in `dtype`.
 */
export function causalAttention(
  graph: Graph,
  config: ModelConfig,
  { window, rope }: LayerKind,
  { tokenRows, blocks, prefixTokens = 0 }: BatchShape,
  inputs: BatchInputs,
  dtype: 'f32' | 'f64',
  { tileSlots = 128, onKeysAndValues }: AttentionOptions = {},
): Attend {
  const { heads, kvHeads, headDim, attentionScale, attentionSoftcap } = config
  const group = heads / kvHeads
  const half = rope.inverseFrequencies.length
  const typed = (data: Float64Array) => (dtype === 'f64' ? data : Float32Array.from(data))
  const longest =
    prefixTokens + Math.max(...blocks.map(({ promptSlots, answerSlots }) => promptSlots + answerSlots))
  const table = rotaryTable(rope, longest)
  const angles = (data: Float64Array) =>
    t.gatherRows(graph.constant(typed(data), dtype, [longest, half]), inputs.positions) // [T, r/2]
  const cos = angles(table.cos)
  const sin = angles(table.sin)

  /** The first 2·half numbers of every head of x [T, n·hd] turned. */
  const rotated = (x: Value, count: number): Value => {
    const turn = (part: Value) => t.rope(t.reshape(part, [1, tokenRows, count * 2 * half]), cos, sin)
    const wide = t.cast(x, dtype)
    if (2 * half === headDim) return t.reshape(turn(wide), x.shape)
    const perHead = t.reshape(wide, [tokenRows, count, headDim])
    const [first, rest] = t.split(perHead, 2, [2 * half, headDim - 2 * half])
    return t.reshape(t.concat([t.reshape(turn(first!), [tokenRows, count, 2 * half]), rest!], 2), x.shape)
  }

  const firstSlots = t.split(
    inputs.firstSlot,
    0,
    blocks.map(({ prompts }) => prompts),
  )

  /** 0 where query slots `from`…`to` of a block's sequences may look, among the slots `first`…`end`: [N, 1, Q, K]. */
  const maskOf = (block: number, [from, to]: Range, [first, end]: Range): Value => {
    const keys = end - first
    const start = t.reshape(firstSlots[block]!, [blocks[block]!.prompts, 1, 1, 1])
    const startReaches = (least: Int32Array, shape: number[]) =>
      graph.apply({ kind: 'LessOrEqual' }, [start, graph.constant(least, 'i32', shape)])
    const slots = Int32Array.from({ length: keys }, (_, k) =>
      first + k < prefixTokens ? blocks[block]!.promptSlots : first + k - prefixTokens,
    )
    const inUse = startReaches(slots, [keys])
    const seenBySlot = causal([from, to], [first, end], window, prefixTokens)
    const seen = graph.constant(seenBySlot, 'bool', [to - from, keys])
    const both = graph.apply({ kind: 'And' }, [inUse, seen])
    const visible =
      window === null || first >= prefixTokens
        ? both
        : graph.apply({ kind: 'And' }, [
            both,
            // Unused slots lie between the prefix and a prompt, so its window reaches back further than slots say.
            graph.apply({ kind: 'Not' }, [
              graph.apply({ kind: 'Less' }, [
                start,
                graph.constant(leastStart([from, to], [first, end], window, prefixTokens), 'i32', [
                  to - from,
                  keys,
                ]),
              ]),
            ]),
          ])
    // A finite minus infinity (−∞ − −∞ would be NaN), whose exp is exactly 0.
    return graph.apply({ kind: 'Where' }, [visible, graph.scalar(0, dtype), graph.scalar(-1e30, dtype)])
  }

  /** [S·Q, H·hd] → [S, Hkv, G, Q, hd] */
  const queriesOf = (x: Value, sequences: number, slots: number): Value =>
    t.transpose(t.reshape(x, [sequences, slots, kvHeads, group, headDim]), [0, 2, 3, 1, 4])
  /** [S·K, Hkv·hd] → [S, Hkv, K, hd] */
  const byKvHead = (x: Value, sequences: number, slots: number): Value =>
    t.transpose(t.reshape(x, [sequences, slots, kvHeads, headDim]), [0, 2, 1, 3])

  /** queries [S, Hkv, G, Q, hd] at the last of the slots of keys and values [S, Hkv, K, hd] → [S·Q, H·hd] */
  const attention = (block: number, queries: Value, keys: Value, values: Value): Value => {
    const [sequences, , , querySlots] = queries.shape as [number, number, number, number]
    const { prompts } = blocks[block]!
    const offset = keys.shape[2]! - querySlots
    const tiles = tilesOf(querySlots, tileSlots)
    const parts = t.split(
      queries,
      3,
      tiles.map(([from, to]) => to - from),
    )
    const mixed = tiles.map(([from, to], i) => {
      const size = to - from
      const reach = prefixTokens === 0 ? 0 : blocks[block]!.promptSlots
      const first = window === null ? 0 : Math.max(0, offset + from - window + 1 - reach)
      const end = offset + to
      const visible = (x: Value) =>
        t.reshape(t.slice(x, 2, first, end), [sequences * kvHeads, end - first, headDim])
      const folded = t.reshape(parts[i]!, [sequences * kvHeads, group * size, headDim])
      // Halves are scaled before: the product of two long vectors leaves f16's range where the score does not.
      const alpha = isHalf(folded.dtype) ? 1 : attentionScale
      const raw = t.cast(t.matMul(folded, visible(keys), { transB: true, alpha }), dtype) // [S·Hkv, G·Q, K]
      const scores = attentionSoftcap === null ? raw : softcapped(raw, attentionSoftcap)
      const perPrompt = [prompts, (sequences / prompts) * heads, size, end - first]
      const mask = maskOf(block, [offset + from, end], [first, end])
      const weights = t.softmax(t.add(t.reshape(scores, perPrompt), mask))
      const shares = t.cast(t.reshape(weights, scores.shape), values.dtype)
      const product = t.matMul(shares, visible(values)) // [S·Hkv, G·Q, hd]
      const perHead = t.reshape(product, [sequences, kvHeads, group, size, headDim])
      return t.reshape(t.transpose(perHead, [0, 3, 1, 2, 4]), [sequences, size, heads * headDim])
    })
    const whole = mixed.length === 1 ? mixed[0]! : t.concat(mixed, 1)
    return t.reshape(whole, [sequences * querySlots, heads * headDim])
  }

  return (q, k, v) => {
    const compute = v.dtype
    // All blocks' slots by one gather; each block's prompts and answers are then consecutive.
    const sizes = blocks.flatMap(slotsOf).filter((size) => size > 0)
    const placed = (x: Value) => t.split(t.gatherRows(x, inputs.rowOfSlot), 0, sizes)
    const keys = rotated(k, kvHeads)
    onKeysAndValues?.(keys, t.cast(v, dtype))
    const queries = isHalf(compute) ? t.scale(rotated(q, heads), attentionScale) : rotated(q, heads)
    const [qs, ks, vs] = [t.cast(queries, compute), t.cast(keys, compute), v].map(placed) as [
      Slots,
      Slots,
      Slots,
    ]
    const prefix =
      prefixTokens === 0
        ? null
        : {
            k: t.cast(prefixInput('prefixKeys'), compute),
            v: t.cast(prefixInput('prefixValues'), compute),
          }
    /** What all of these sequences see before their own slots. */
    const behindPrefix = (of: 'k' | 'v', own: Value): Value =>
      prefix ? t.concat([forEach(prefix[of], own.shape[0]!), own], 2) : own
    let part = 0
    const next = (sequences: number, slots: number) => {
      const at = part++
      return {
        q: queriesOf(qs[at]!, sequences, slots),
        k: byKvHead(ks[at]!, sequences, slots),
        v: byKvHead(vs[at]!, sequences, slots),
      }
    }
    const outputs = blocks.flatMap((block, at) => {
      const { prompts, promptSlots, answers, answerSlots } = block
      const prompt = promptSlots === 0 ? null : next(prompts, promptSlots)
      const answer = next(prompts * answers, answerSlots)
      if (!prompt) return [attention(at, answer.q, behindPrefix('k', answer.k), behindPrefix('v', answer.v))]
      /** The keys that an answer sees: those of its prompt, then its own. */
      const withPrompt = (shared: Value, own: Value) => t.concat([forEachAnswer(shared, block), own], 2)
      const [promptKeys, promptValues] = [behindPrefix('k', prompt.k), behindPrefix('v', prompt.v)]
      return [
        attention(at, prompt.q, promptKeys, promptValues),
        attention(at, answer.q, withPrompt(promptKeys, answer.k), withPrompt(promptValues, answer.v)),
      ]
    })
    // Rows without a slot take zeros: the gradient scatters, and two rows must not meet in one slot.
    const nothing = t.expand(graph.scalar(0, compute), [1, heads * headDim])
    return t.gatherRows(t.concat([...outputs, nothing], 0), inputs.slotOfRow)
  }

  /** [N, Hkv, P, hd] → [N·n, Hkv, P, hd] */
  function forEachAnswer(x: Value, { prompts, answers }: AttentionBlock): Value {
    const slots = x.shape[2]!
    const repeated = t.expand(t.reshape(x, [prompts, 1, kvHeads, slots, headDim]), [
      prompts,
      answers,
      kvHeads,
      slots,
      headDim,
    ])
    return t.reshape(repeated, [prompts * answers, kvHeads, slots, headDim])
  }

  /** [Hkv, C, hd] → [S, Hkv, C, hd] */
  function forEach(x: Value, sequences: number): Value {
    return t.expand(t.reshape(x, [1, ...x.shape]), [sequences, ...x.shape])
  }

  function prefixInput(name: 'prefixKeys' | 'prefixValues'): Value {
    return graph.input(name, dtype, [kvHeads, prefixTokens, headDim])
  }
}

type Range = readonly [from: number, to: number]
/** Of each block its prompts, where it has any, and its answers. */
type Slots = readonly Value[]

/** Query slots, in tiles: a tile's keys end where it ends, so most of the masked half of the scores is never computed. */
function tilesOf(slots: number, size: number): Range[] {
  const count = Math.ceil(slots / size)
  return Array.from({ length: count }, (_, i) => [i * size, Math.min(slots, (i + 1) * size)])
}

/** Whether slots `from`…`to` see slots `first`…`end`: themselves, the window − 1 before them, and any of the prefix. */
function causal([from, to]: Range, [first, end]: Range, window: number | null, prefix: number): Uint8Array {
  const keys = end - first
  const seen = new Uint8Array((to - from) * keys)
  for (let own = from; own < to; own++) {
    const row = (own - from) * keys - first
    seen.fill(1, row + first, row + Math.max(first, prefix))
    seen.fill(1, row + (window === null ? first : Math.max(first, own - window + 1)), row + own + 1)
  }
  return seen
}

/** Of which first slot on a prompt's slots `from`…`to` have a slot of the prefix in their window; other slots: any. */
function leastStart([from, to]: Range, [first, end]: Range, window: number, prefix: number): Int32Array {
  const keys = end - first
  return Int32Array.from({ length: (to - from) * keys }, (_, i) => {
    const [own, slot] = [from + Math.floor(i / keys), first + (i % keys)]
    return slot < prefix ? own - window + 1 - slot : 0
  })
}
