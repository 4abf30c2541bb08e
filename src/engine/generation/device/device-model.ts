import type { ModelConfig } from '../../model/model-config.ts'
import { rotaryTable } from '../../model/rotary-table.ts'
import type { LazyWeights } from '../../model/safetensors.ts'
import { modelWeights } from '../../model/weight-names.ts'
import type { CompiledProgram, CompileProgram, Feeds } from '../../onnx/compiled-program.ts'
import { DeviceMemory } from '../../onnx/device-memory.ts'
import type { DeviceTensor } from '../../onnx/device-tensor.ts'
import type { TensorData } from '../../tensor/dtype.ts'
import { roundedUp } from '../answer-slots.ts'
import type { Prompt } from '../decoder.ts'
import type { FedWeights } from '../fed-weights.ts'
import type { SamplingShape } from '../sampling.ts'
import type { JobShape, StepJob, StepModel } from '../step-model.ts'
import { CacheMovers, DeviceCaches } from './device-caches.ts'
import { promptGraph, tokenGraph } from './device-graph.ts'
import { DeviceJob, promptPiece } from './device-job.ts'

/**
 * A model in the memory of a device: its weights are sent once, in float32, and shared by the program that reads prompts and
 * the one that makes tokens. What a step sends is a few numbers per slot, what it fetches one token per slot.
 */
export class DeviceModel implements StepModel {
  private readonly config: ModelConfig
  private readonly memory: DeviceMemory
  private readonly weights: DeviceTensor[] = []
  private kept: Record<string, DeviceTensor> = {}
  private programs: { prompt: CompiledProgram; token: CompiledProgram; movers: CacheMovers } | null = null

  private constructor(config: ModelConfig, compile: CompileProgram) {
    this.config = config
    this.memory = new DeviceMemory(compile)
  }

  /** Throws OUT_OF_MEMORY, and what `compile` throws. */
  static async compile(
    { config, weights }: { config: ModelConfig; weights: LazyWeights },
    shape: SamplingShape & { logits?: boolean },
    fed: FedWeights,
    { compile, threads }: { compile: CompileProgram; threads: number },
  ): Promise<DeviceModel> {
    const model = new DeviceModel(config, compile)
    try {
      const build = ({ graph, inPlace }: ReturnType<typeof promptGraph>) =>
        compile(graph, { threads, inPlace })
      model.programs = {
        prompt: await build(promptGraph(config, fed)),
        token: await build(tokenGraph(config, shape, fed)),
        movers: await CacheMovers.compile(compile),
      }
      for (const { name, shape: size } of modelWeights(config))
        if (!fed.tensors.has(name)) await model.keep(name, weights.read(name), size)
      for (const [name, { data, shape: size }] of fed.tensors) await model.keep(name, data, size)
    } catch (error) {
      await model.release()
      throw error
    }
    return model
  }

  private async keep(name: string, data: Float32Array, shape: readonly number[]): Promise<void> {
    const tensor = await this.memory.upload(data, 'f32', shape)
    this.weights.push(tensor)
    this.kept[name] = tensor
  }

  async open(prompts: readonly Prompt[], shape: JobShape): Promise<StepJob> {
    const { config, memory } = this
    const { movers } = this.programs!
    const longest = prompts.at(-1)!.ids.length + shape.maxNewTokens
    const angles: Record<string, DeviceTensor> = {}
    const releaseAngles = () => Object.values(angles).forEach((tensor) => tensor.dispose())
    try {
      const length = roundedUp(longest) + promptPiece
      for (const [i, { rope }] of config.layerKinds.entries())
        for (const [name, table] of Object.entries(rotaryTable(rope, length)))
          angles[`${name}${i}`] = await memory.upload(Float32Array.from(table), 'f32', [
            length,
            rope.inverseFrequencies.length,
          ])
      const caches = await DeviceCaches.open(config, memory, movers, {
        slots: shape.slots,
        capacity: roundedUp(1),
      })
      return new DeviceJob(prompts, shape, caches, {
        readPrompt: async (feeds) => void (await this.run('prompt', { ...angles, ...feeds })),
        makeTokens: (feeds) => this.run('token', { ...angles, ...feeds }),
        release: releaseAngles,
      })
    } catch (error) {
      releaseAngles()
      throw error
    }
  }

  private run(kind: 'prompt' | 'token', feeds: Feeds): Promise<Record<string, TensorData>> {
    return this.programs![kind].run({ ...this.kept, ...feeds })
  }

  async release(): Promise<void> {
    for (const tensor of this.weights.splice(0)) tensor.dispose()
    this.kept = {}
    const { programs } = this
    this.programs = null
    for (const program of programs ? Object.values(programs) : []) await program.release()
    await this.memory.release()
  }
}
