import type { ShapedData } from '../../onnx/compiled-program.ts'
import type { TensorData } from '../../tensor/dtype.ts'
import { uniform } from '../../tensor/random.ts'
import type { Answer, Prompt } from '../decoder.ts'
import type { StepOutcome } from '../answer-slots.ts'
import { GrowingAnswers } from '../growing-answers.ts'
import { type PromptGroup, promptGroup } from '../prompt-groups.ts'
import { rotaryFeeds } from '../rotary-feeds.ts'
import type { JobShape } from '../step-model.ts'
import { flat, type QueuedPrompt, queueFeeds } from './loop-queue.ts'

/** A refill waits for at most this share of the slots to be free. */
const refillShare = 1 / 8
/** Prompt tokens that one refill reads, unless one prompt has more: products of so many rows keep a card busy. */
const refillTokens = 4096
/** Prompts that a call may take beside those in the making, in slots. */
const queuedPerSlot = 8
const capacityStep = 64

/**
 * One queue of prompts on its way through a decode loop, call by call. A call knows nothing of the one before: what is in the
 * making is read again, prompt and answer so far.
 */
export class LoopJob {
  private readonly prompts: readonly Prompt[]
  private readonly shape: JobShape
  private readonly window: number
  private readonly answers: GrowingAnswers
  /** Items that are not answered: those in the making, then the others, either by length. */
  private open: number[]
  private asked: readonly number[] = []
  private rowWidth = 0

  /** `prompts`, of at least one token each, are sorted by length. */
  constructor(prompts: readonly Prompt[], shape: JobShape, window: number) {
    this.prompts = prompts
    this.shape = shape
    this.window = window
    this.answers = new GrowingAnswers(prompts, shape)
    this.open = [...prompts.keys()]
  }

  get isDone(): boolean {
    return this.open.length === 0
  }

  /** The next call's inputs. It ends with the step that spends the last of its budget, at least one. */
  feeds(budget: number): Record<string, ShapedData> {
    const { slots, maxNewTokens, temperature } = this.shape
    const most = (queuedPerSlot + 1) * slots
    this.asked = this.open.slice(0, most)
    const queued = this.asked.map((item): QueuedPrompt => {
      const ids = [...this.prompts[item]!.ids, ...this.answers.tokensOf(item)]
      return { ids, cap: this.answers.roomOf(item) }
    })
    const groups = this.groupsOf(queued)
    this.rowWidth = Math.max(1, Math.min(maxNewTokens, budget))
    const rows = this.asked.length * this.rowWidth + slots
    const longest = Math.max(...queued.map(({ ids, cap }) => ids.length + Math.min(cap, budget)))
    const capacity = Math.ceil((longest + this.window) / capacityStep) * capacityStep
    return {
      ...queueFeeds(queued, groups, ({ size, width }) => Math.ceil((size * width) / refillTokens)),
      ...rotaryFeeds(this.shape.config, capacity),
      uniforms: flat(this.uniforms(rows)),
      before: flat(new Int32Array(rows).fill(-1)),
      rowWidth: flat(Int32Array.of(this.rowWidth)),
      temperature: { data: Float32Array.of(temperature === 0 ? 1 : temperature), shape: [] },
      budget: flat(Int32Array.of(budget)),
      // Where prompts wait outside, a call that runs dry ends.
      least: flat(Int32Array.of(this.open.length > most ? Math.ceil(slots / 2) : 1)),
      capacity: flat(BigInt64Array.of(BigInt(capacity))),
      columns: flat(Int32Array.from({ length: capacity }, (_, i) => i)),
    }
  }

  private groupsOf(queued: readonly QueuedPrompt[]): PromptGroup[] {
    const most = Math.max(1, Math.floor(this.shape.slots * refillShare))
    const groups: PromptGroup[] = []
    for (let start = 0; start < queued.length; start += groups.at(-1)!.size)
      groups.push(promptGroup(queued, start, most, refillTokens))
    return groups
  }

  private lengthOf(item: number): number {
    return this.prompts[item]!.ids.length + this.answers.tokensOf(item).length
  }

  /** A row's numbers by its seed and how many tokens its answer has, whatever call makes them. */
  private uniforms(rows: number): Float32Array {
    const uniforms = new Float32Array(rows)
    if (this.shape.temperature === 0) return uniforms
    for (const [row, item] of this.asked.entries()) {
      const { seed } = this.prompts[item]!
      const first = this.answers.tokensOf(item).length
      const count = Math.min(this.rowWidth, this.answers.roomOf(item))
      for (let i = 0; i < count; i++) uniforms[row * this.rowWidth + i] = uniform(seed, 'token', first + i)
    }
    return uniforms
  }

  absorb(results: Readonly<Record<string, TensorData>>): StepOutcome {
    const tokens = results['made'] as Int32Array
    const outcome: StepOutcome = { ended: [], made: [] }
    for (const [row, item] of this.asked.entries()) {
      const first = row * this.rowWidth
      let answer: Answer | null = null
      // What the program made behind the end that the prompt's `isEnded` sees is no part of the answer.
      for (let at = first; at < first + this.rowWidth && tokens[at]! >= 0 && !answer; at++) {
        const id = tokens[at]!
        answer = this.answers.add(item, id)
        outcome.made.push({ item, slot: at, id, isEos: this.shape.eosIds.includes(id) })
      }
      if (answer) outcome.ended.push({ item, answer })
    }
    const ended = new Set(outcome.ended.map(({ item }) => item))
    const left = this.open.filter((item) => !ended.has(item))
    const isBegun = (item: number) => this.answers.tokensOf(item).length > 0
    const begun = left.filter(isBegun).sort((a, b) => this.lengthOf(a) - this.lengthOf(b) || a - b)
    this.open = [...begun, ...left.filter((item) => !isBegun(item))]
    return outcome
  }
}
