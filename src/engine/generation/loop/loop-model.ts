import { AppError } from '../../../contract/errors.ts'
import { cudaWords } from '../../../strings/cuda.ts'
import type { ModelConfig } from '../../model/model-config.ts'
import type { WeightSource } from '../../model/safetensors.ts'
import { layerLinears, layerPrefix } from '../../model/weight-names.ts'
import type { CompiledProgram, CompileProgram } from '../../onnx/compiled-program.ts'
import type { Dtype } from '../../tensor/dtype.ts'
import type { StepOutcome } from '../answer-slots.ts'
import type { Prompt } from '../decoder.ts'
import { feedsOf, type FedWeights } from '../fed-weights.ts'
import type { SamplingShape } from '../sampling.ts'
import type { JobShape, StepJob, StepModel } from '../step-model.ts'
import { weightPlaces } from '../weight-places.ts'
import { loopGraph } from './loop-graph.ts'
import { LoopJob } from './loop-job.ts'

export interface LoopOptions {
  compile: CompileProgram
  threads: number
  /** A call is to last as long. */
  callMs: number
  /** See GenerationDevice. */
  compute?: Dtype
  window?: number
  /** Also outputs the logits (see loopGraph). */
  logits?: boolean
}

/** Steps of the first call: the pace is not known yet. */
const firstBudget = 64
const mostSteps = 1 << 20

/**
 * A model on a device that nothing may leave between two tokens: a step of its jobs is a call of a program that makes many (see
 * loopGraph). An answer depends on the model, its prompt, its seed and the sampling settings alone, but for rounding: the
 * products of a card differ in their last bits with the rows beside a row, and what a call continues was read, not made.
 */
export class LoopModel implements StepModel {
  private readonly model: { config: ModelConfig; eosIds: readonly number[]; weights: WeightSource }
  private readonly sampling: SamplingShape
  private readonly fed: FedWeights
  private readonly options: LoopOptions
  private readonly compute: Dtype
  private readonly window: number
  private program: { slots: number; compiled: CompiledProgram } | null = null
  /** Steps of the next call. */
  private budget = firstBudget

  /** Compiled with the first job, for as many slots as it has. */
  constructor(model: LoopModel['model'], sampling: SamplingShape, fed: FedWeights, options: LoopOptions) {
    this.model = model
    this.sampling = sampling
    this.fed = fed
    this.options = options
    this.compute = options.compute ?? typeOfProducts(model)
    this.window = options.window ?? 32
  }

  async open(prompts: readonly Prompt[], shape: JobShape): Promise<StepJob> {
    const program = await this.programFor(shape.slots)
    const job = new LoopJob(prompts, shape, this.window)
    return {
      get isDone() {
        return job.isDone
      },
      step: () => this.call(program, job),
      release: () => undefined, // nothing outlives a call
    }
  }

  private async call(program: CompiledProgram, job: LoopJob): Promise<StepOutcome> {
    const startedAt = performance.now()
    const results = await program.run({ ...feedsOf(this.fed), ...job.feeds(this.budget) })
    const spent = (results['spent'] as Int32Array)[0]!
    // A device that computes nothing would be asked forever.
    if (spent < 1) throw new AppError('BACKEND_UNUSABLE', cudaWords.nothingComputed)
    const wanted = Math.round((spent / Math.max(1, performance.now() - startedAt)) * this.options.callMs)
    this.budget = Math.max(1, Math.min(mostSteps, 8 * this.budget, wanted))
    return job.absorb(results)
  }

  private async programFor(slots: number): Promise<CompiledProgram> {
    if (this.program?.slots === slots) return this.program.compiled
    await this.release() // one after the other: a card may not hold the weights twice
    const { config, eosIds, weights } = this.model
    const { compile, threads, logits = false } = this.options
    const { folder, place } = weightPlaces(weights)
    const shape = { ...this.sampling, slots, window: this.window, eosIds, compute: this.compute, logits }
    const graph = loopGraph(config, shape, place, this.fed)
    this.program = { slots, compiled: await compile(graph, { threads, weightsFolder: folder }) }
    return this.program.compiled
  }

  async release(): Promise<void> {
    await this.program?.compiled.release()
    this.program = null
  }
}

/** The checkpoint's: that of its first matrix. */
function typeOfProducts({ config, weights }: LoopModel['model']): Dtype {
  const [first] = layerLinears(config)
  return weightPlaces(weights).place(`${layerPrefix(0)}${first!.name}.weight`).dtype
}
