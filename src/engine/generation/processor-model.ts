import type { ModelConfig } from '../model/model-config.ts'
import type { WeightSource } from '../model/safetensors.ts'
import type { CompiledProgram, CompileProgram } from '../onnx/compiled-program.ts'
import { decodeGraph, type DecodeShape } from './decode-graph.ts'
import { DecodeJob } from './decode-job.ts'
import type { Prompt } from './decoder.ts'
import { feedsOf, type FedWeights } from './fed-weights.ts'
import type { JobShape, StepJob, StepModel } from './step-model.ts'
import { weightPlaces } from './weight-places.ts'

/** The decode program of a model on the processor: its weights are read from their files, its caches lie in arrays of ours. */
export class ProcessorModel implements StepModel {
  private readonly program: CompiledProgram
  private readonly weights: Record<string, Float32Array>

  private constructor(program: CompiledProgram, fed: FedWeights) {
    this.program = program
    this.weights = feedsOf(fed)
  }

  /** Throws OUT_OF_MEMORY, and what `decodeGraph` throws. */
  static async compile(
    { config, weights }: { config: ModelConfig; weights: WeightSource },
    shape: DecodeShape,
    fed: FedWeights,
    { compile, threads }: { compile: CompileProgram; threads: number },
  ): Promise<ProcessorModel> {
    const { folder, place } = weightPlaces(weights)
    const graph = decodeGraph(config, shape, place, fed)
    return new ProcessorModel(await compile(graph, { threads, weightsFolder: folder }), fed)
  }

  open(prompts: readonly Prompt[], shape: JobShape): Promise<StepJob> {
    const job = new DecodeJob(prompts, shape)
    return Promise.resolve({
      get isDone() {
        return job.isDone
      },
      step: async () => job.absorb(await this.program.run({ ...this.weights, ...job.feeds() })),
      release: () => undefined, // of the arrays, the collector's work
    })
  }

  release(): Promise<void> {
    return this.program.release()
  }
}
