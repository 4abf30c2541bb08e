import ort from 'onnxruntime-node'
import type { Dtype, TensorData } from '../tensor/dtype.ts'
import type { Graph, Shape } from '../tensor/graph.ts'
import { sizeOf } from '../tensor/shape-rules.ts'
import { lowerGraph } from './lower.ts'
import { outOfMemoryOr } from './out-of-memory.ts'

export interface ProgramOptions {
  threads: number
  /** Folder of the files that External values read from. */
  weightsFolder?: string
  /** Keeps the memory of a run for the next one (the arena never shrinks): for a program that runs again and again. */
  keepsMemory?: boolean
}

/** Numbers with their shape, where an input's own leaves several sizes open. */
export interface ShapedData {
  data: TensorData
  shape: Shape
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

  static async compile(graph: Graph, options: ProgramOptions): Promise<Program> {
    const { threads, weightsFolder, keepsMemory = true } = options
    const session = await createSession(lowerGraph(graph), {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      enableMemPattern: false, // measured: it doubles the arena from the second run on
      enableCpuMemArena: keepsMemory,
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
  async run(feeds: Readonly<Record<string, TensorData | ShapedData>>): Promise<Record<string, TensorData>> {
    const tensors: Record<string, ort.Tensor> = {}
    for (const [name, { dtype, shape: declared }] of this.inputs) {
      const fed = feeds[name]
      if (!fed) throw new Error(`program input ${name} [${declared}] was not fed`)
      const { data, shape } = 'shape' in fed ? fed : { data: fed, shape: declared }
      if (shape.length !== declared.length || declared.some((size, i) => size !== -1 && size !== shape[i]))
        throw new Error(`program input ${name}: expected [${declared}], found [${shape}]`)
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
      throw outOfMemoryOr(error)
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
    throw outOfMemoryOr(error)
  }
}
