import type { ModelConfig } from '../model/model-config.ts'
import { rotaryTable } from '../model/rotary-table.ts'
import { parameterCount } from '../model/weight-names.ts'
import type { ShapedData } from '../onnx/compiled-program.ts'
import type { TensorData } from '../tensor/dtype.ts'
import { afterCall } from './decode-graph.ts'
import type { Answer, Prompt } from './decoder.ts'
import {
  answerCap,
  flat,
  groupCost,
  type PromptGroup,
  promptGroups,
  queueFeeds,
  stepCost,
  uniformsOf,
} from './prompt-groups.ts'
import { SlotCaches } from './slot-caches.ts'

export interface JobShape {
  config: ModelConfig
  eosIds: readonly number[]
  slots: number // B ≥ 2
  maxNewTokens: number // N
  temperature: number // 0 = greedy
}

/** What one call of the program brought. */
export interface CallOutcome {
  ended: { item: number; answer: Answer }[]
  /** The new tokens of every answer that got any, without an EOS. */
  made: { item: number; ids: number[] }[]
  /** Answer tokens made, those of unfinished answers included. */
  tokens: number
  /** In the unit of `stepCost`. */
  spent: number
}

interface Slots {
  token: Int32Array
  position: Int32Array
  item: Int32Array
  open: Uint8Array
  next: Int32Array
}

/** A refill waits for at most this share of the slots to be free. */
const refillShare = 1 / 8
const capacityStep = 32

/**
 * Prompt tokens that one refill reads, unless one prompt has more: beyond 512 the products get no faster, and a call cannot
 * stop within one (1.5e11 / weights: about three seconds on one core).
 */
const refillTokens = (config: ModelConfig): number =>
  Math.max(64, Math.min(512, Math.round(1.5e11 / parameterCount(config))))

/** One queue of prompts on its way through a decode program: what to feed the next call, and the answers so far. */
export class DecodeJob {
  private readonly shape: JobShape
  private readonly prompts: readonly Prompt[]
  private readonly groups: PromptGroup[]
  private readonly constant: Record<string, ShapedData>
  private readonly caches: SlotCaches
  private slots: Slots
  /** Tokens of every answer in the making, by item. */
  private readonly made: number[][]
  private left: number

  /** `prompts`, of at least one token each, are sorted by length; items are taken in their order. */
  constructor(prompts: readonly Prompt[], shape: JobShape) {
    const { config, slots, maxNewTokens, temperature } = shape
    this.shape = shape
    this.prompts = prompts
    this.groups = promptGroups(prompts, Math.max(1, Math.floor(slots * refillShare)), refillTokens(config))
    this.made = prompts.map(() => [])
    this.left = prompts.length
    this.slots = {
      token: new Int32Array(slots),
      position: new Int32Array(slots),
      item: new Int32Array(slots),
      open: new Uint8Array(slots),
      next: new Int32Array(1),
    }
    this.caches = new SlotCaches(2 * config.layers, {
      slots,
      heads: config.kvHeads,
      capacity: capacityStep,
      headDim: config.headDim,
    })
    const isGreedy = temperature === 0
    this.constant = {
      ...queueFeeds(prompts, this.groups, maxNewTokens),
      ...rotaryFeeds(config, prompts.at(-1)!.ids.length + maxNewTokens),
      uniforms: isGreedy
        ? flat(new Float32Array(prompts.length * maxNewTokens))
        : uniformsOf(prompts, maxNewTokens),
      temperature: { data: Float32Array.of(isGreedy ? 1 : temperature), shape: [] },
    }
  }

  get isDone(): boolean {
    return this.left === 0
  }

  /** The next call's inputs. It ends with the step that spends the last of its budget. */
  feeds(budget: number): Record<string, ShapedData> {
    this.makeRoom(budget)
    return {
      ...this.constant,
      ...Object.fromEntries(Object.entries(this.slots).map(([name, data]) => [name, flat(data)])),
      ...Object.fromEntries(this.caches.feeds().map((data, i) => [cacheName(i), data])),
      stepCost: flat(Int32Array.of(stepCost(this.caches.slots))),
      budget: flat(Int32Array.of(budget)),
    }
  }

  absorb(results: Readonly<Record<string, TensorData>>): CallOutcome {
    const slots = Object.keys(this.slots).map((name) => [name, results[afterCall(name)]!])
    this.slots = Object.fromEntries(slots) as Slots
    this.caches.replace((i) => results[afterCall(cacheName(i))] as Float32Array)
    const ended: CallOutcome['ended'] = []
    const before = this.made.map((ids) => ids.length)
    const tokens = results['tokens'] as Int32Array
    let count = 0
    for (const [at, item] of (results['made'] as Int32Array).entries()) {
      if (item < 0) continue
      count++
      const answer = this.addToken(item, tokens[at]!)
      if (answer) ended.push({ item, answer })
    }
    ended.push(...this.endOpenAnswers())
    this.left -= ended.length
    const made = this.made.flatMap((ids, item) =>
      ids.length > before[item]! ? [{ item, ids: ids.slice(before[item]) }] : [],
    )
    return { ended, made, tokens: count, spent: (results['spent'] as Int32Array)[0]! }
  }

  /** Frees the slots of answers that their prompts say have ended: the next call's refills take them. */
  private endOpenAnswers(): CallOutcome['ended'] {
    const { open, position, item: items } = this.slots
    return [...open.keys()].flatMap((slot) => {
      const item = items[slot]!
      const ids = this.made[item]!
      if (!open[slot] || !this.prompts[item]!.isEnded?.(ids)) return []
      open[slot] = 0
      position[slot] = 0
      return [{ item, answer: { ids, finish: 'stop' as const, eosId: null } }]
    })
  }

  private addToken(item: number, token: number): Answer | null {
    const ids = this.made[item]!
    if (this.shape.eosIds.includes(token)) return { ids, finish: 'stop', eosId: token }
    ids.push(token)
    const cap = answerCap(this.prompts[item]!, this.shape.maxNewTokens)
    return ids.length === cap ? { ids, finish: 'length', eosId: null } : null
  }

  /** Sizes the caches for the next call, and drops free slots that no prompt is left for. */
  private makeRoom(budget: number): void {
    const { open, next } = this.slots
    const all = [...open.keys()]
    const busy = all.filter((slot) => open[slot])
    const isTail = next[0]! >= this.groups.length && busy.length <= 0.75 * all.length
    const free = all.filter((slot) => !open[slot])
    const kept = isTail ? [...busy, ...free].slice(0, Math.max(2, busy.length)) : all
    if (kept.length < all.length) this.slots = slotsOf(this.slots, kept)
    const { capacity } = this.caches
    const needed = Math.ceil(this.positionsNeeded(budget, kept.length) / capacityStep) * capacityStep
    this.caches.reshape(kept, needed > capacity || needed < 0.7 * capacity ? needed : capacity)
  }

  /** The longest row that the next call can come to. */
  private positionsNeeded(budget: number, slotCount: number): number {
    const { position, item, open, next } = this.slots
    const stepsFor = (left: number) => Math.ceil(left / stepCost(slotCount))
    // The last token of an answer is never read, so it has no position.
    const end = (prompt: Prompt) => prompt.ids.length + answerCap(prompt, this.shape.maxNewTokens) - 1
    let needed = 2
    for (const [slot, at] of position.entries()) {
      if (open[slot])
        needed = Math.max(needed, Math.min(at + stepsFor(budget), end(this.prompts[item[slot]!]!)))
    }
    let left = budget
    for (const group of this.groups.slice(next[0])) {
      if (left <= 0) break
      left -= groupCost(group)
      const own = this.prompts.slice(group.start, group.start + group.size)
      const longest = own.at(-1)!
      const reached = longest.ids.length - 1 + stepsFor(Math.max(0, left))
      needed = Math.max(needed, group.width, Math.min(reached, Math.max(...own.map(end))))
    }
    return needed
  }
}

const cacheName = (i: number): string => `${i % 2 === 0 ? 'key' : 'value'}${Math.floor(i / 2)}`

const slotsOf = ({ token, position, item, open, next }: Slots, kept: readonly number[]): Slots => {
  const pick = (of: Int32Array) => Int32Array.from(kept, (slot) => of[slot]!)
  return {
    token: pick(token),
    position: pick(position),
    item: pick(item),
    open: Uint8Array.from(kept, (slot) => open[slot]!),
    next,
  }
}

function rotaryFeeds({ layerKinds }: ModelConfig, length: number): Record<string, ShapedData> {
  const feeds: Record<string, ShapedData> = {}
  for (const [i, { rope }] of layerKinds.entries()) {
    const { cos, sin } = rotaryTable(rope, length)
    const shape = [length, rope.inverseFrequencies.length]
    feeds[`cos${i}`] = { data: Float32Array.from(cos), shape }
    feeds[`sin${i}`] = { data: Float32Array.from(sin), shape }
  }
  return feeds
}
