import type { OptimizerSettings } from '../../contract/settings.ts'
import type { LayeredModel } from '../model/layered-model.ts'
import type { Weight } from '../model/safetensors.ts'
import type { TokenBatch } from '../model/token-batch.ts'
import { embeddingName } from '../model/weight-names.ts'
import type { ElementPool } from './element-pool.ts'
import { gradientNorm } from './gradient-norm.ts'
import type { GradientPass } from './gradient-pass.ts'
import type { LossTerms, MicroBatchResult, PassOptions } from './layered-gradients.ts'
import { createOptimizer, type Optimizer, type OptimizerState, type TensorMap } from './optimizer.ts'

/** Parameters, gradients and moments of a training. Where they lie and what computes with them, the trainer does not know. */
export interface TrainingState {
  /** How its micro-batches are laid out. */
  readonly layout: GradientPass['layout']
  /** Adds a micro-batch's gradients to those of the step; the first of a step begins anew. Throws OUT_OF_MEMORY. */
  accumulate(batch: TokenBatch, terms: LossTerms, options: PassOptions): Promise<MicroBatchResult>
  /**
   * The step's gradients in arrays of this process, to be added up over several engines: what then stands there is what norm and
   * update take. `isIdle`: no micro-batch of the step was computed here, so that they are zeros.
   */
  gradientsOnHost(isIdle: boolean): Promise<TensorMap>
  /** Global L2 norm of the step's gradients. Throws NOT_FINITE, naming the tensors. */
  gradientNorm(): Promise<number>
  /** One update of the parameters; `scale` multiplies every gradient on the way. */
  update(lr: number, scale: number): Promise<void>
  /** Brings the model's own arrays up to the parameters: before they are saved or written. */
  toModel(): Promise<void>
  /** The moments under PyTorch's names, `step` [1] included. */
  optimizerState(): Promise<OptimizerState>
  /** Takes over a checkpoint; `optimizer` null: the weights alone, and no update follows. */
  restore(weights: ReadonlyMap<string, Pick<Weight, 'data'>>, optimizer: OptimizerState | null): Promise<void>
  /** Frees compiled programs: memory ran out. */
  releasePrograms(): Promise<void>
  /** Frees what the training held beside the model. */
  release(): Promise<void>
}

/** Parameters in the model's own arrays, gradients and moments in arrays of the pool; the programs get and give arrays. */
export class HostTrainingState implements TrainingState {
  readonly layout: GradientPass['layout']
  /** By name, one array per trained tensor. */
  readonly gradients: TensorMap
  private readonly model: LayeredModel
  private readonly pass: GradientPass
  private readonly optimizer: Optimizer
  private readonly normOfGradients: () => number

  constructor(model: LayeredModel, pass: GradientPass, pool: ElementPool, settings: OptimizerSettings) {
    this.model = model
    this.pass = pass
    this.layout = pass.layout
    this.optimizer = createOptimizer(settings, model.trainable, {
      pool,
      isEmbedding: (name) => name === embeddingName,
    })
    this.gradients = new Map([...model.trainable].map(([name, data]) => [name, pool.float32(data.length)]))
    this.normOfGradients = gradientNorm(this.gradients, pool)
  }

  accumulate(batch: TokenBatch, terms: LossTerms, options: PassOptions): Promise<MicroBatchResult> {
    return this.pass.accumulate(batch, terms, this.gradients, options)
  }

  async gradientsOnHost(isIdle: boolean): Promise<TensorMap> {
    if (isIdle) for (const gradient of this.gradients.values()) gradient.fill(0)
    return this.gradients
  }

  async gradientNorm(): Promise<number> {
    return this.normOfGradients()
  }

  async update(lr: number, scale: number): Promise<void> {
    this.optimizer.step(this.gradients, lr, scale)
  }

  async toModel(): Promise<void> {}

  async optimizerState(): Promise<OptimizerState> {
    return this.optimizer.state()
  }

  async restore(
    weights: ReadonlyMap<string, Pick<Weight, 'data'>>,
    optimizer: OptimizerState | null,
  ): Promise<void> {
    for (const [name, data] of this.model.trainable) data.set(weights.get(name)!.data)
    if (optimizer) this.optimizer.load(optimizer)
  }

  async releasePrograms(): Promise<void> {
    await this.pass.release()
    await this.model.release()
  }

  async release(): Promise<void> {}
}
