import { uniform } from '../tensor/random.ts'
import type { Answer, Prompt } from './decoder.ts'
import { GrowingAnswers } from './growing-answers.ts'

/** What one step of a program brought. */
export interface StepOutcome {
  ended: { item: number; answer: Answer }[]
  /** Every answer's new token, and the row of the logits that it was chosen from; an EOS is no part of the answer. */
  made: { item: number; slot: number; id: number; isEos: boolean }[]
}

/** What a slot is doing: null while no answer is in the making there. */
export type Slot = {
  item: number // into the prompts
  /** The token that is read next, and its position. */
  token: number
  position: number
} | null

export interface SlotsShape {
  eosIds: readonly number[]
  slots: number // B
  maxNewTokens: number // N
}

/** Prompts are read when this share of the slots is free, and then for all that are. */
const refillShare = 1 / 8
const capacityStep = 32

/**
 * One queue of prompts on its way through B slots, whatever computes: a slot holds one prompt at a time and takes the next as
 * soon as its answer has ended.
 */
export class AnswerSlots {
  readonly prompts: readonly Prompt[]
  private readonly shape: SlotsShape
  private slots: Slot[]
  /** The first prompt that no slot has taken. */
  private next = 0
  private readonly answers: GrowingAnswers
  private left: number

  /** `prompts`, of at least one token each, are sorted by length; items are taken in their order. */
  constructor(prompts: readonly Prompt[], shape: SlotsShape) {
    this.prompts = prompts
    this.shape = shape
    this.answers = new GrowingAnswers(prompts, shape)
    this.left = prompts.length
    this.slots = Array.from({ length: shape.slots }, () => null)
  }

  get isDone(): boolean {
    return this.left === 0
  }

  get all(): readonly Slot[] {
    return this.slots
  }

  /** The next prompt's item. */
  get nextItem(): number {
    return this.next
  }

  /** The free slots, where there are enough of them for prompts to be read; else none. */
  slotsToFill(): number[] {
    const free = [...this.slots.keys()].filter((slot) => this.slots[slot] === null)
    const waiting = this.prompts.length - this.next
    const least = Math.min(waiting, Math.max(1, Math.floor(this.slots.length * refillShare)))
    return least === 0 || free.length < least ? [] : free
  }

  /**
   * The next prompt is read in this slot. Its last token is the first that the slot reads, so that all tokens of an answer,
   * the first too, are made in the same way.
   */
  fill(slot: number): void {
    const item = this.next++
    const { ids } = this.prompts[item]!
    this.slots[slot] = { item, token: ids.at(-1)!, position: ids.length - 1 }
  }

  /** The random number of every slot's next token [B]; 0 in a free one. */
  uniforms(): Float32Array {
    return Float32Array.from(this.slots, (slot) =>
      slot === null
        ? 0
        : uniform(this.prompts[slot.item]!.seed, 'token', this.answers.tokensOf(slot.item).length),
    )
  }

  /** Takes over the tokens [B] of a step. */
  add(tokens: ArrayLike<number | bigint>): StepOutcome {
    const outcome: StepOutcome = { ended: [], made: [] }
    for (const [at, slot] of this.slots.entries()) {
      if (slot === null) continue
      const { item } = slot
      const id = Number(tokens[at])
      const answer = this.answers.add(item, id)
      outcome.made.push({ item, slot: at, id, isEos: this.shape.eosIds.includes(id) })
      if (answer) outcome.ended.push({ item, answer })
      this.slots[at] = answer ? null : { item, token: id, position: slot.position + 1 }
    }
    this.left -= outcome.ended.length
    return outcome
  }

  /**
   * What caches should be for the next step, which needs `width` positions beside those of the answers: the numbers of the
   * slots that stay, ascending (free ones that no prompt is left for go), and their positions.
   */
  room(capacity: number, width: number): { kept: number[]; capacity: number } {
    const all = [...this.slots.keys()]
    const busy = all.filter((slot) => this.slots[slot] !== null)
    const isTail = this.next >= this.prompts.length && busy.length <= 0.75 * all.length
    const free = all.filter((slot) => this.slots[slot] === null)
    const kept = isTail
      ? [...busy, ...free.slice(0, Math.max(0, 2 - busy.length))].sort((a, b) => a - b)
      : all
    const positions = this.slots.map((slot) => (slot?.position ?? 0) + 1)
    const needed = roundedUp(Math.max(width, ...positions))
    return { kept, capacity: needed > capacity || needed < 0.7 * capacity ? needed : capacity }
  }

  /** Keeps the slots of these numbers. */
  keep(kept: readonly number[]): void {
    this.slots = kept.map((slot) => this.slots[slot] ?? null)
  }
}

/** Positions of a cache that holds as many: sizes that seldom change. */
export const roundedUp = (positions: number): number => Math.ceil(positions / capacityStep) * capacityStep
