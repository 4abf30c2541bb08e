import type { OptimizerSettings } from '../../contract/settings.ts'
import { AppError } from '../../contract/errors.ts'
import type { LayeredModel } from '../model/layered-model.ts'
import type { ResidentWeights } from '../model/resident-weights.ts'
import type { Weight } from '../model/safetensors.ts'
import type { TokenBatch } from '../model/token-batch.ts'
import { embeddingName } from '../model/weight-names.ts'
import type { DeviceTensor } from '../onnx/device-tensor.ts'
import { ProgramCache } from '../onnx/program-cache.ts'
import { TensorScope } from '../onnx/tensor-scope.ts'
import { type ElementPool, inlinePool } from './element-pool.ts'
import { gradientNorm, notFinite } from './gradient-norm.ts'
import type { LossTerms, MicroBatchResult, PassOptions } from './layered-gradients.ts'
import { createOptimizer, type Optimizer, type OptimizerState, type TensorMap } from './optimizer.ts'
import { accumulateOnDevice, type ResidentGradients } from './resident-gradients.ts'
import {
  disposeAll,
  joinedAtOnce,
  joinGraph,
  squaresGraph,
  updateRule,
  type UpdateRule,
} from './resident-optimizer.ts'
import type { TrainingState } from './training-state.ts'

/** Two for every shape of a weight, and those that join the parts of the norm. */
const mostPrograms = 256

/**
 * Parameters, gradients and moments in the device's memory. Beside losses and log-probs a step brings back one number: its norm.
 * Moments of 8 bits are no tensors of a device (their code is found by the bits of a float): with them the gradients come back
 * once a step, the optimizer runs on the host, and what it changed is sent anew. So it is where several engines train together:
 * each makes the same update to the last bit, whatever it computes gradients on.
 */
export class ResidentTrainingState implements TrainingState {
  readonly layout = {}
  private readonly model: LayeredModel
  private readonly weights: ResidentWeights
  private readonly gradients: ResidentGradients = new Map()
  private readonly onHost: { optimizer: Optimizer; gradients: TensorMap; norm: () => number } | null
  /** The step's gradients are in the arrays, added up over several engines. */
  private areOnHost = false
  private readonly rule: UpdateRule
  /** Apart from the model's: these come again in every step, and many shapes of batches would push them out. */
  private readonly programs: ProgramCache
  /** By the names of the saved state. */
  private readonly moments = new Map<string, DeviceTensor>()
  private step = 0

  constructor(
    model: LayeredModel,
    settings: OptimizerSettings,
    pool: ElementPool = inlinePool,
    { updatesOnHost = false }: { updatesOnHost?: boolean } = {},
  ) {
    if (!model.resident) throw new Error('expected a model whose weights lie on the device')
    this.model = model
    this.weights = model.resident
    this.rule = updateRule(settings)
    this.programs = new ProgramCache({ threads: 1 }, mostPrograms, model.resident.compile)
    if (settings.stateBits === 32 && !updatesOnHost) {
      this.onHost = null
      return
    }
    const optimizer = createOptimizer(settings, model.trainable, {
      pool,
      isEmbedding: (name) => name === embeddingName,
    })
    const gradients = new Map([...model.trainable].map(([name, { length }]) => [name, pool.float32(length)]))
    this.onHost = { optimizer, gradients, norm: gradientNorm(gradients, pool) }
  }

  async accumulate(
    batch: TokenBatch,
    terms: LossTerms,
    { isFirst = false, ...options }: PassOptions,
  ): Promise<MicroBatchResult> {
    if (isFirst) disposeAll(this.gradients)
    this.areOnHost = false
    return accumulateOnDevice(this.model, batch, terms, this.gradients, options)
  }

  async gradientsOnHost(isIdle: boolean): Promise<TensorMap> {
    const { gradients } = this.onHost!
    for (const [name, target] of gradients) {
      if (isIdle) target.fill(0)
      else target.set((await this.weights.memory.download(this.gradients.get(name)!)) as Float32Array)
    }
    this.areOnHost = true
    return gradients
  }

  async gradientNorm(): Promise<number> {
    if (this.areOnHost) return this.onHost!.norm()
    const names = [...this.gradients.keys()].toSorted()
    const scope = new TensorScope()
    try {
      let parts: DeviceTensor[] = []
      for (const name of names) {
        const x = this.gradients.get(name)!
        const program = await this.program(`squares ${x.shape}`, () => squaresGraph(x.shape))
        parts.push(...scope.hold((await program.runOnDevice({ x })).device['squares']!))
      }
      // One fetch for all: each would wait until the device has come so far.
      while (parts.length > 1) parts = await this.joined(parts, scope)
      const sums = (await this.weights.memory.download(parts[0]!)) as Float32Array
      const broken = names.filter((_, i) => !Number.isFinite(sums[i]!))
      if (broken.length > 0) throw notFinite(broken, names.length)
      return Math.sqrt(sums.reduce((total, sum) => total + sum, 0))
    } finally {
      scope.dispose()
    }
  }

  private async joined(parts: readonly DeviceTensor[], scope: TensorScope): Promise<DeviceTensor[]> {
    const longer: DeviceTensor[] = []
    for (let start = 0; start < parts.length; start += joinedAtOnce) {
      const some = parts.slice(start, start + joinedAtOnce)
      const lengths = some.map(({ shape }) => shape[0]!)
      const program = await this.program(`joined ${lengths}`, () => joinGraph(lengths))
      const { device } = await program.runOnDevice(
        Object.fromEntries(some.map((part, i) => [String(i), part])),
      )
      longer.push(...scope.hold(device['joined']!))
    }
    return longer
  }

  async update(lr: number, scale: number): Promise<void> {
    if (this.onHost) await this.updateOnHost(lr, scale)
    else await this.updateOnDevice(lr, scale)
    disposeAll(this.gradients) // the next step's forward pass has their memory
  }

  private async updateOnDevice(lr: number, scale: number): Promise<void> {
    const { moments: kinds } = this.rule
    const scope = new TensorScope()
    try {
      const scalars: Record<string, DeviceTensor> = {}
      for (const [name, value] of Object.entries(this.rule.scalars(this.step + 1, lr, scale)))
        scope.hold((scalars[name] = await this.weights.memory.upload(Float32Array.of(value), 'f32', [])))
      for (const [name, { shape }] of this.model.trainableWeights()) {
        const g = this.gradients.get(name)!
        const program = await this.program(`update ${shape}`, () => this.rule.build(shape))
        const feeds: Record<string, DeviceTensor> = { p: await this.parameter(name), g, ...scalars }
        for (const kind of kinds) feeds[kind] = await this.moment(`${kind}.${name}`, shape)
        const { device } = await program.runOnDevice(feeds)
        this.weights.put(name, device['new p']!)
        for (const kind of kinds) this.putMoment(`${kind}.${name}`, device[`new ${kind}`]!)
        g.dispose()
      }
      this.step++
    } finally {
      scope.dispose()
    }
  }

  private async updateOnHost(lr: number, scale: number): Promise<void> {
    const { optimizer } = this.onHost!
    const gradients = this.areOnHost ? this.onHost!.gradients : await this.gradientsOnHost(false)
    optimizer.step(gradients, lr, scale)
    for (const name of gradients.keys()) this.weights.forget(name)
  }

  async toModel(): Promise<void> {
    await this.weights.fetchInto(this.model.trainable)
  }

  async optimizerState(): Promise<OptimizerState> {
    if (this.onHost) return this.onHost.optimizer.state()
    const state = new Map<string, Float32Array>([['step', Float32Array.of(this.step)]])
    for (const { key, length } of this.momentKeys()) {
      const moment = this.moments.get(key)
      state.set(
        key,
        moment ? ((await this.weights.memory.download(moment)) as Float32Array) : new Float32Array(length),
      )
    }
    return state
  }

  async restore(
    weights: ReadonlyMap<string, Pick<Weight, 'data'>>,
    optimizer: OptimizerState | null,
  ): Promise<void> {
    for (const [name, data] of this.model.trainable) {
      data.set(weights.get(name)!.data)
      this.weights.forget(name)
    }
    if (!optimizer) return
    if (this.onHost) {
      this.onHost.optimizer.load(optimizer)
      return
    }
    for (const { key, length, shape } of this.momentKeys()) {
      const saved = optimizer.get(key)
      if (!(saved instanceof Float32Array) || saved.length !== length)
        throw new AppError(
          'BAD_INPUT',
          `The saved optimizer state must hold "${key}" with ${length} numbers; found ${saved ? `${saved.length}` : 'none'}. ` +
            'It belongs to another model or another optimizer: start this training anew.',
          { tensor: key, expected: length, found: saved?.length ?? null },
        )
      this.putMoment(key, await this.weights.memory.upload(saved, 'f32', shape))
    }
    this.step = optimizer.get('step')![0]!
  }

  async releasePrograms(): Promise<void> {
    disposeAll(this.gradients)
    await this.programs.release()
    await this.model.release()
  }

  /** The model's arrays keep what `toModel` brought them. */
  async release(): Promise<void> {
    disposeAll(this.gradients)
    disposeAll(this.moments)
    await this.programs.release()
    await this.weights.discard()
  }

  private *momentKeys(): Generator<{ key: string; length: number; shape: readonly number[] }> {
    for (const kind of this.rule.moments)
      for (const [name, { data, shape }] of this.model.trainableWeights())
        yield { key: `${kind}.${name}`, length: data.length, shape }
  }

  private parameter(name: string): Promise<DeviceTensor> {
    return this.weights.get(name, () => {
      const { data, shape } = this.model.trainableWeights().get(name)!
      return { data, dtype: 'f32', shape }
    })
  }

  /** A moment; zeros before the first update. */
  private async moment(key: string, shape: readonly number[]): Promise<DeviceTensor> {
    const known = this.moments.get(key)
    if (known) return known
    const zeros = new Float32Array(shape.reduce((size, n) => size * n, 1))
    this.putMoment(key, await this.weights.memory.upload(zeros, 'f32', shape))
    return this.moments.get(key)!
  }

  private putMoment(key: string, tensor: DeviceTensor): void {
    this.moments.get(key)?.dispose()
    this.moments.set(key, tensor)
  }

  private program(key: string, build: () => ReturnType<typeof joinGraph>) {
    return this.programs.get(key, build, () => true)
  }
}
