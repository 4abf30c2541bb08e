import ort from 'onnxruntime-node'
import { AppError } from '../../contract/errors.ts'
import type { Dtype, TensorData } from '../tensor/dtype.ts'
import type { Graph, Shape } from '../tensor/graph.ts'
import { sizeOf } from '../tensor/shape-rules.ts'
import { lowerGraph } from './lower.ts'

export interface ProgramOptions {
  threads: number
  /** Folder of the files that External values read from. */
  weightsFolder?: string
}

interface Port {
  dtype: Dtype
  shape: Shape
}

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
export class Program {
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

  static async compile(graph: Graph, { threads, weightsFolder }: ProgramOptions): Promise<Program> {
    const session = await createSession(lowerGraph(graph), {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      // Measured: the memory pattern doubles the arena from the second run on, the arena never shrinks.
      enableMemPattern: false,
      enableCpuMemArena: true,
      logSeverityLevel: 3,
      ...(weightsFolder === undefined
        ? {}
        : {
            extra: {
              session: {
                model_external_initializers_file_folder_path: weightsFolder,
                disable_prepacking: '0',
              },
            },
          }),
    })
    const inputs = new Map<string, Port>()
    for (const { op } of graph.nodes) if (op.kind === 'Input') inputs.set(op.name, op)
    const outputs = new Map(
      [...graph.results].map(([name, value]) => [name, { dtype: value.dtype, shape: value.shape }]),
    )
    return new Program(session, inputs, outputs)
  }

  /**
   * Feeds every input by name; an array that does not fit its input's size is refused before the native code sees it.
   * Throws OUT_OF_MEMORY.
   */
  async run(feeds: Readonly<Record<string, TensorData>>): Promise<Record<string, TensorData>> {
    const tensors: Record<string, ort.Tensor> = {}
    for (const [name, { dtype, shape }] of this.inputs) {
      const data = feeds[name]
      if (!data) throw new Error(`program input ${name} [${shape}] was not fed`)
      if (data.length !== sizeOf(shape))
        throw new Error(
          `program input ${name}: expected ${sizeOf(shape)} elements for [${shape}], found ${data.length}`,
        )
      tensors[name] = new ort.Tensor(ortTypes[dtype] as 'float32', data as Float32Array, [...shape])
    }
    try {
      const results = await this.session.run(tensors)
      return Object.fromEntries(
        Object.entries(results).map(([name, tensor]) => [name, tensor.data as TensorData]),
      )
    } catch (error) {
      throw asAppError(error)
    }
  }

  release(): Promise<void> {
    return this.session.release()
  }
}

async function createSession(
  model: Uint8Array,
  options: ort.InferenceSession.SessionOptions,
): Promise<ort.InferenceSession> {
  try {
    return await ort.InferenceSession.create(model, options)
  } catch (error) {
    throw asAppError(error)
  }
}

function asAppError(error: unknown): unknown {
  const message = error instanceof Error ? error.message : String(error)
  if (!/alloc|out of memory|bad_alloc/i.test(message)) return error
  return new AppError(
    'OUT_OF_MEMORY',
    `The device ran out of memory (${message.slice(0, 200)}). Use a smaller micro-batch or a shorter maximum length.`,
    {},
    { cause: error },
  )
}
