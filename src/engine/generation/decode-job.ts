import type { ModelConfig } from '../model/model-config.ts'
import { rotaryTable } from '../model/rotary-table.ts'
import { parameterCount } from '../model/weight-names.ts'
import type { ShapedData } from '../onnx/compiled-program.ts'
import type { TensorData } from '../tensor/dtype.ts'
import { uniform } from '../tensor/random.ts'
import type { Answer, Prompt } from './decoder.ts'
import { answerCap, groupIds, type PromptGroup, promptGroup } from './prompt-groups.ts'
import { SlotCaches } from './slot-caches.ts'
import { stepMask } from './step-mask.ts'

export interface JobShape {
  config: ModelConfig
  eosIds: readonly number[]
  slots: number // B ≥ 2
  maxNewTokens: number // N
  temperature: number // 0 = greedy
}

/** What one step of the program brought. */
export interface StepOutcome {
  ended: { item: number; answer: Answer }[]
  /** Every answer's new token, and the slot that it was made in; an EOS is no part of the answer. */
  made: { item: number; slot: number; id: number; isEos: boolean }[]
}

/** What a slot is doing: null while no answer is in the making there. */
type Slot = {
  item: number // into the prompts
  /** The token that is read next, and its position. */
  token: number
  position: number
} | null

type Step = { kind: 'refill'; group: PromptGroup; slots: number[] } | { kind: 'decode' }

/** Prompts are read when this share of the slots is free, and then for all that are. */
const refillShare = 1 / 8
const capacityStep = 32
/** An answer is shown to its prompt's `isEnded` this often: to read a text after every token would cost more than a few tokens. */
const tokensBetweenLooks = 8

/**
 * Prompt tokens that one refill reads, unless one prompt has more: beyond 512 the products get no faster, and nothing can
 * stop within one (1.5e11 / weights: about three seconds on one core).
 */
const refillTokens = (config: ModelConfig): number =>
  Math.max(64, Math.min(512, Math.round(1.5e11 / parameterCount(config))))

/**
 * One queue of prompts on its way through a decode program, step by step: what to feed the next one, and the answers so far.
 * A slot holds one prompt at a time and takes the next as soon as its answer has ended.
 */
export class DecodeJob {
  private readonly shape: JobShape
  private readonly prompts: readonly Prompt[]
  private readonly constant: Record<string, ShapedData>
  private readonly caches: SlotCaches
  private slots: Slot[]
  private step: Step = { kind: 'decode' }
  /** The first prompt that no slot has taken. */
  private next = 0
  /** Tokens of every answer in the making, by item. */
  private readonly made: number[][]
  private left: number

  /** `prompts`, of at least one token each, are sorted by length; items are taken in their order. */
  constructor(prompts: readonly Prompt[], shape: JobShape) {
    const { config, slots, maxNewTokens, temperature } = shape
    this.shape = shape
    this.prompts = prompts
    this.made = prompts.map(() => [])
    this.left = prompts.length
    this.slots = Array.from({ length: slots }, () => null)
    const { layers, kvHeads: heads, headDim } = config
    const longest = roundedUp(prompts.at(-1)!.ids.length + maxNewTokens)
    this.caches = new SlotCaches(2 * layers, { slots, heads, capacity: capacityStep, headDim }, longest)
    this.constant = {
      ...rotaryFeeds(config, prompts.at(-1)!.ids.length + maxNewTokens),
      temperature: { data: Float32Array.of(temperature === 0 ? 1 : temperature), shape: [] },
    }
  }

  get isDone(): boolean {
    return this.left === 0
  }

  /** The next step's inputs: prompts are read as soon as there are enough free slots for them. */
  feeds(): Record<string, ShapedData> {
    this.step = this.nextStep()
    this.makeRoom()
    const caches = this.caches.feeds().map((data, i) => [cacheName(i), data])
    return { ...this.constant, ...Object.fromEntries(caches), ...this.maskFeeds(), ...this.stepFeeds() }
  }

  private nextStep(): Step {
    const { prompts, slots, next } = this
    const free = [...slots.keys()].filter((slot) => slots[slot] === null)
    const least = Math.min(prompts.length - next, Math.max(1, Math.floor(slots.length * refillShare)))
    if (least === 0 || free.length < least) return { kind: 'decode' }
    const group = promptGroup(prompts, next, free.length, refillTokens(this.shape.config))
    return { kind: 'refill', group, slots: free.slice(0, group.size) }
  }

  private stepFeeds(): Record<string, ShapedData> {
    const { step, slots, prompts } = this
    const { heads, kvHeads, headDim } = this.shape.config
    const isRefill = step.kind === 'refill'
    const group = isRefill ? step.group : { start: 0, size: 1, width: 1 }
    const { start, size, width } = group
    const own = prompts.slice(start, start + size)
    const perKey = heads / kvHeads
    const positions = (count: number): ShapedData => ({
      data: BigInt64Array.from({ length: slots.length * count }, (_, i) =>
        BigInt(slots[Math.floor(i / count)]?.position ?? 0),
      ),
      shape: [slots.length, count],
    })
    return {
      isRefill: flat(Uint8Array.of(Number(isRefill))),
      ids: flat(isRefill ? groupIds(prompts, group) : Int32Array.from(slots, (slot) => slot?.token ?? 0)),
      last: flat(Int32Array.from(own, ({ ids }) => ids.length - 1)),
      promptShape: flat(BigInt64Array.of(BigInt(size), BigInt(width))),
      total: flat(Int32Array.of(width)),
      blank: {
        data: new Float32Array(size * kvHeads * width * headDim),
        shape: [size, kvHeads, width, headDim],
      },
      positions: positions(1),
      groupPositions: positions(perKey),
      uniforms: flat(
        Float32Array.from(slots, (slot) =>
          slot === null ? 0 : uniform(prompts[slot.item]!.seed, 'token', this.made[slot.item]!.length),
        ),
      ),
    }
  }

  private maskFeeds(): Record<string, ShapedData> {
    const lengths = this.slots.map((slot) => slot?.position ?? null)
    const { capacity } = this.caches
    const masks = this.shape.config.layerKinds.map(({ window }, i) => [
      `mask${i}`,
      { data: stepMask(lengths, capacity, window), shape: [lengths.length, 1, 1, capacity + 1] },
    ])
    return Object.fromEntries(masks)
  }

  absorb(results: Readonly<Record<string, TensorData>>): StepOutcome {
    const added = results['added'] as Float32Array
    if (this.step.kind === 'refill') {
      this.fillSlots(this.step.group, this.step.slots, added)
      return { ended: [], made: [] }
    }
    const tokens = results['tokens'] as Int32Array
    const outcome: StepOutcome = { ended: [], made: [] }
    for (const [at, slot] of this.slots.entries()) {
      if (slot === null) continue
      this.caches.write(added, this.slots.length, at, at, slot.position, 1)
      const { item } = slot
      const id = tokens[at]!
      const answer = this.addToken(item, id)
      outcome.made.push({ item, slot: at, id, isEos: this.shape.eosIds.includes(id) })
      if (answer) outcome.ended.push({ item, answer })
      this.slots[at] = answer ? null : { item, token: id, position: slot.position + 1 }
    }
    this.left -= outcome.ended.length
    return outcome
  }

  /**
   * A prompt's last token is its slot's first to be read once more: so all tokens of an answer, the first too, are made in
   * the same way.
   */
  private fillSlots({ start, size }: PromptGroup, slots: readonly number[], added: Float32Array): void {
    for (const [row, slot] of slots.entries()) {
      const { ids } = this.prompts[start + row]!
      this.caches.write(added, size, row, slot, 0, ids.length)
      this.caches.clear(slot, ids.length)
      this.slots[slot] = { item: start + row, token: ids.at(-1)!, position: ids.length - 1 }
    }
    this.next += size
  }

  private addToken(item: number, token: number): Answer | null {
    const ids = this.made[item]!
    if (this.shape.eosIds.includes(token)) return { ids, finish: 'stop', eosId: token }
    ids.push(token)
    const prompt = this.prompts[item]!
    if (ids.length === answerCap(prompt, this.shape.maxNewTokens))
      return { ids, finish: 'length', eosId: null }
    const isEnded = ids.length % tokensBetweenLooks === 0 && prompt.isEnded?.(ids)
    return isEnded ? { ids, finish: 'stop', eosId: null } : null
  }

  /** Sizes the caches for the next step, and drops free slots that no prompt is left for. */
  private makeRoom(): void {
    const all = [...this.slots.keys()]
    const busy = all.filter((slot) => this.slots[slot] !== null)
    const isTail = this.next >= this.prompts.length && busy.length <= 0.75 * all.length
    const free = all.filter((slot) => this.slots[slot] === null)
    const kept = isTail
      ? [...busy, ...free.slice(0, Math.max(0, 2 - busy.length))].sort((a, b) => a - b)
      : all
    const positions = this.slots.map((slot) => (slot?.position ?? 0) + 1)
    const width = this.step.kind === 'refill' ? this.step.group.width : 0
    const needed = roundedUp(Math.max(width, ...positions))
    const { capacity } = this.caches
    this.slots = kept.map((slot) => this.slots[slot] ?? null)
    this.caches.reshape(kept, needed > capacity || needed < 0.7 * capacity ? needed : capacity)
  }
}

const roundedUp = (positions: number): number => Math.ceil(positions / capacityStep) * capacityStep

const cacheName = (i: number): string => `${i % 2 === 0 ? 'key' : 'value'}${Math.floor(i / 2)}`

const flat = (data: TensorData): ShapedData => ({ data, shape: [data.length] })

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
