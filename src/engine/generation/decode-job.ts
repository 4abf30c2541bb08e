import type { ModelConfig } from '../model/model-config.ts'
import { parameterCount } from '../model/weight-names.ts'
import type { ShapedData } from '../onnx/compiled-program.ts'
import type { TensorData } from '../tensor/dtype.ts'
import { AnswerSlots, roundedUp, type StepOutcome } from './answer-slots.ts'
import type { Prompt } from './decoder.ts'
import { groupIds, type PromptGroup, promptGroup } from './prompt-groups.ts'
import { rotaryFeeds } from './rotary-feeds.ts'
import { SlotCaches } from './slot-caches.ts'
import { stepMask } from './step-mask.ts'
import type { JobShape } from './step-model.ts'

type Step = { kind: 'refill'; group: PromptGroup; slots: number[] } | { kind: 'decode' }

/**
 * Prompt tokens that one refill reads, unless one prompt has more: beyond 512 the products get no faster, and nothing can
 * stop within one (1.5e11 / weights: about three seconds on one core).
 */
export const refillTokens = (config: ModelConfig): number =>
  Math.max(64, Math.min(512, Math.round(1.5e11 / parameterCount(config))))

/** One queue of prompts on its way through a decode program of the processor, step by step: what to feed the next one, and the answers so far. */
export class DecodeJob {
  private readonly shape: JobShape
  private readonly constant: Record<string, ShapedData>
  private readonly caches: SlotCaches
  private readonly slots: AnswerSlots
  /** What of each prompt is read before its answer is begun: all but the last token, which the answer's first step reads. */
  private readonly contexts: readonly Pick<Prompt, 'ids'>[]
  private step: Step = { kind: 'decode' }

  /** `prompts`, of at least one token each, are sorted by length; items are taken in their order. */
  constructor(prompts: readonly Prompt[], shape: JobShape) {
    const { config, slots, maxNewTokens, temperature } = shape
    this.shape = shape
    this.slots = new AnswerSlots(prompts, shape)
    this.contexts = prompts.map(({ ids }) => ({ ids: ids.slice(0, -1) }))
    const { layers, kvHeads: heads, headDim } = config
    const positions = prompts.at(-1)!.ids.length + maxNewTokens
    const capacity = roundedUp(1)
    this.caches = new SlotCaches(2 * layers, { slots, heads, capacity, headDim }, roundedUp(positions))
    this.constant = {
      ...rotaryFeeds(config, positions),
      temperature: { data: Float32Array.of(temperature === 0 ? 1 : temperature), shape: [] },
    }
  }

  get isDone(): boolean {
    return this.slots.isDone
  }

  /** The next step's inputs: prompts are read as soon as there are enough free slots for them. */
  feeds(): Record<string, ShapedData> {
    this.step = this.nextStep()
    this.makeRoom()
    const caches = this.caches.feeds().map((data, i) => [cacheName(i), data])
    return { ...this.constant, ...Object.fromEntries(caches), ...this.maskFeeds(), ...this.stepFeeds() }
  }

  private nextStep(): Step {
    const { slots } = this
    const free = slots.slotsToFill()
    if (free.length === 0) return { kind: 'decode' }
    const group = promptGroup(this.contexts, slots.nextItem, free.length, refillTokens(this.shape.config))
    return { kind: 'refill', group, slots: free.slice(0, group.size) }
  }

  private stepFeeds(): Record<string, ShapedData> {
    const { step } = this
    const slots = this.slots.all
    const { heads, kvHeads, headDim } = this.shape.config
    const isRefill = step.kind === 'refill'
    const group = isRefill ? step.group : { start: 0, size: 1, width: 1 }
    const { start, size, width } = group
    const own = this.contexts.slice(start, start + size)
    const perKey = heads / kvHeads
    const positions = (count: number): ShapedData => ({
      data: BigInt64Array.from({ length: slots.length * count }, (_, i) =>
        BigInt(slots[Math.floor(i / count)]?.position ?? 0),
      ),
      shape: [slots.length, count],
    })
    return {
      isRefill: flat(Uint8Array.of(Number(isRefill))),
      ids: flat(
        isRefill ? groupIds(this.contexts, group) : Int32Array.from(slots, (slot) => slot?.token ?? 0),
      ),
      last: flat(Int32Array.from(own, ({ ids }) => Math.max(0, ids.length - 1))),
      promptShape: flat(BigInt64Array.of(BigInt(size), BigInt(width))),
      total: flat(Int32Array.of(width)),
      blank: {
        data: new Float32Array(size * kvHeads * width * headDim),
        shape: [size, kvHeads, width, headDim],
      },
      positions: positions(1),
      groupPositions: positions(perKey),
      uniforms: flat(this.slots.uniforms()),
    }
  }

  private maskFeeds(): Record<string, ShapedData> {
    const lengths = this.slots.all.map((slot) => slot?.position ?? null)
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
    for (const [at, slot] of this.slots.all.entries())
      if (slot !== null) this.caches.write(added, this.slots.all.length, at, at, slot.position, 1)
    return this.slots.add(results['tokens'] as Int32Array)
  }

  private fillSlots({ start, size }: PromptGroup, slots: readonly number[], added: Float32Array): void {
    for (const [row, slot] of slots.entries()) {
      const { ids } = this.contexts[start + row]!
      this.caches.write(added, size, row, slot, 0, ids.length)
      this.caches.clear(slot, ids.length)
      this.slots.fill(slot)
    }
  }

  /** Sizes the caches for the next step, and drops free slots that no prompt is left for. */
  private makeRoom(): void {
    const width = this.step.kind === 'refill' ? this.step.group.width : 0
    const { kept, capacity } = this.slots.room(this.caches.capacity, width)
    this.slots.keep(kept)
    this.caches.reshape(kept, capacity)
  }
}

const cacheName = (i: number): string => `${i % 2 === 0 ? 'key' : 'value'}${Math.floor(i / 2)}`

const flat = (data: TensorData): ShapedData => ({ data, shape: [data.length] })
