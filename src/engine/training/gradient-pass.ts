import type { LayeredModel } from '../model/layered-model.ts'
import type { TokenBatch } from '../model/token-batch.ts'
import type { CollateOptions } from '../scoring/collate.ts'
import {
  accumulateGradients,
  type LossTerms,
  type MicroBatchResult,
  type PassOptions,
} from './layered-gradients.ts'

/** What computes the gradients of a micro-batch: the trainer asks, and does not know how. */
export interface GradientPass {
  /** How its micro-batches are laid out. */
  readonly layout: Pick<CollateOptions, 'blockCost'>
  /**
   * Adds the gradients of what is trained into `into`, by name; the first micro-batch of a step overwrites what is there.
   * Throws OUT_OF_MEMORY.
   */
  accumulate(
    batch: TokenBatch,
    terms: LossTerms,
    into: ReadonlyMap<string, Float32Array>,
    options: PassOptions,
  ): Promise<MicroBatchResult>
  /** Frees its programs; the next micro-batch compiles them again. */
  release(): Promise<void>
}

/** Layer by layer, all weights sent with every call: any backend, and all weights trained. */
export const layeredPass = (model: LayeredModel): GradientPass => ({
  layout: {},
  accumulate: (batch, terms, into, options) => accumulateGradients(model, batch, terms, into, options),
  release: () => model.release(),
})
