import ort from 'onnxruntime-node'
import type { Dtype, TensorData } from '../tensor/dtype.ts'
import type { Graph } from '../tensor/graph.ts'
import {
  type CompiledProgram,
  fedTo,
  type Feeds,
  type Port,
  portsOf,
  type ProgramOptions,
} from './compiled-program.ts'
import { lowerGraph } from './lower.ts'
import type { Provider } from './lowering-context.ts'
import { outOfMemoryOr } from './out-of-memory.ts'

const ortTypes: Record<Dtype, ort.Tensor.Type> = {
  f32: 'float32',
  f64: 'float64',
  i32: 'int32',
  i64: 'int64',
  bool: 'bool',
  f16: 'float16',
  bf16: 'float32', // never at the edge of a program: bf16 lives in External values only
}

/** A graph compiled by ONNX Runtime: typed arrays in, typed arrays out. */
export class Program implements CompiledProgram {
  private readonly session: ort.InferenceSession
  private readonly inputs: ReadonlyMap<string, Port>
  readonly outputs: ReadonlyMap<string, Port>

  private constructor(
    session: ort.InferenceSession,
    inputs: ReadonlyMap<string, Port>,
    outputs: ReadonlyMap<string, Port>,
  ) {
    this.session = session
    this.inputs = inputs
    this.outputs = outputs
  }

  static compile(graph: Graph, options: ProgramOptions): Promise<Program> {
    return Program.compileFor('cpu', graph, options)
  }

  /**
   * Inputs and results are arrays of the host whatever computes. On WebGPU a node that would fall back to the processor is an
   * error: its data would travel there and back without anybody noticing.
   */
  static async compileFor(provider: Provider, graph: Graph, options: ProgramOptions): Promise<Program> {
    const { threads, weightsFolder, keepsMemory = true } = options
    const session = await createSession(lowerGraph(graph, provider), {
      executionProviders: [provider],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      enableMemPattern: false, // measured: it doubles the arena from the second run on
      enableCpuMemArena: keepsMemory,
      logSeverityLevel: 3,
      extra: { session: sessionExtras(provider, weightsFolder) },
    })
    const { inputs, outputs } = portsOf(graph)
    return new Program(session, inputs, outputs)
  }

  async run(feeds: Feeds): Promise<Record<string, TensorData>> {
    const tensors: Record<string, ort.Tensor> = {}
    for (const [name, port] of this.inputs) {
      const { data, shape } = fedTo(name, port, feeds)
      tensors[name] = new ort.Tensor(ortTypes[port.dtype] as 'float32', data as Float32Array, [...shape])
    }
    try {
      const results = await this.session.run(tensors)
      return Object.fromEntries(
        Object.entries(results).map(([name, tensor]) => [name, tensor.data as TensorData]),
      )
    } catch (error) {
      throw outOfMemoryOr(error)
    }
  }

  release(): Promise<void> {
    return this.session.release()
  }
}

function sessionExtras(provider: Provider, weightsFolder: string | undefined): Record<string, string> {
  return {
    ...(weightsFolder !== undefined && {
      model_external_initializers_file_folder_path: weightsFolder,
      disable_prepacking: '0',
    }),
    ...(provider !== 'cpu' && { disable_cpu_ep_fallback: '1' }),
  }
}

async function createSession(
  model: Uint8Array,
  options: ort.InferenceSession.SessionOptions,
): Promise<ort.InferenceSession> {
  try {
    return await ort.InferenceSession.create(model, options)
  } catch (error) {
    throw outOfMemoryOr(error)
  }
}
