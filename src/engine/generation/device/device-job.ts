import type { Feeds } from '../../onnx/compiled-program.ts'
import type { TensorData } from '../../tensor/dtype.ts'
import { AnswerSlots, roundedUp, type StepOutcome } from '../answer-slots.ts'
import type { Prompt } from '../decoder.ts'
import type { JobShape, StepJob } from '../step-model.ts'
import type { DeviceCaches } from './device-caches.ts'

/** What runs the steps. Feeds are all but weights and angles. */
export interface StepRunner {
  readPrompt(feeds: Feeds): Promise<void>
  makeTokens(feeds: Feeds): Promise<Record<string, TensorData>>
  release(): void
}

/** Tokens of a prompt that one run reads at most: no run is longer, and no matrix of scores larger. */
export const promptPiece = 256

/**
 * One queue of prompts on its way over a device. Prompts are read one by one, in pieces whose sizes depend on the prompt's own
 * length alone: what stands in the cache then depends on nothing beside it.
 */
export class DeviceJob implements StepJob {
  private readonly caches: DeviceCaches
  private readonly slots: AnswerSlots
  private readonly runner: StepRunner
  private readonly temperature: Float32Array
  /** Slots whose prompts are to be read before the next tokens are made. */
  private toFill: number[] = []

  constructor(prompts: readonly Prompt[], shape: JobShape, caches: DeviceCaches, runner: StepRunner) {
    this.slots = new AnswerSlots(prompts, shape)
    this.caches = caches
    this.runner = runner
    this.temperature = Float32Array.of(shape.temperature === 0 ? 1 : shape.temperature)
  }

  get isDone(): boolean {
    return this.slots.isDone
  }

  async step(): Promise<StepOutcome> {
    const { slots } = this
    if (this.toFill.length === 0) this.toFill = slots.slotsToFill()
    const slot = this.toFill.shift()
    if (slot === undefined) return slots.add(await this.tokens())
    await this.readPrompt(slot)
    if (slots.nextItem === slots.prompts.length) this.toFill = []
    return { ended: [], made: [] }
  }

  private async readPrompt(slot: number): Promise<void> {
    const { ids } = this.slots.prompts[this.slots.nextItem]!
    await this.makeRoom(roundedUp(ids.length) + 1)
    const { capacity } = this.caches.size
    for (let start = 0; start < ids.length; start += promptPiece) {
      const piece = ids.slice(start, start + promptPiece)
      const size = roundedUp(piece.length)
      const padded = new Int32Array(size)
      padded.set(piece)
      await this.runner.readPrompt({
        ...this.caches.feeds(),
        ids: flat(padded),
        positions: flat(range(start, start + size)),
        rest: flat(range(start + size, capacity)),
        slots: flat(Int32Array.of(slot)),
      })
    }
    this.slots.fill(slot)
  }

  private async tokens(): Promise<ArrayLike<number | bigint>> {
    await this.makeRoom(0)
    const { all } = this.slots
    const results = await this.runner.makeTokens({
      ...this.caches.feeds(),
      ids: flat(Int32Array.from(all, (slot) => slot?.token ?? 0)),
      positions: flat(Int32Array.from(all, (slot) => slot?.position ?? 0)),
      slots: flat(range(0, all.length)),
      uniforms: flat(this.slots.uniforms()),
      temperature: this.temperature,
    })
    return results['tokens'] as ArrayLike<number | bigint>
  }

  /** Sizes the caches for the next step, and drops free slots that no prompt is left for. */
  private async makeRoom(width: number): Promise<void> {
    const { kept, capacity } = this.slots.room(this.caches.size.capacity, width)
    await this.caches.reshape(kept, capacity)
    this.slots.keep(kept)
  }

  release(): void {
    this.caches.release()
    this.runner.release()
  }
}

const flat = (data: TensorData) => ({ data, shape: [data.length] })
const range = (from: number, to: number): Int32Array =>
  Int32Array.from({ length: to - from }, (_, i) => from + i)
