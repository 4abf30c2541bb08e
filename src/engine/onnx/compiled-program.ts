import type { Dtype, TensorData } from '../tensor/dtype.ts'
import type { Graph, Shape } from '../tensor/graph.ts'
import { sizeOf } from '../tensor/shape-rules.ts'

/** What executes graphs, seen from those who build them: the same for ONNX Runtime and for TensorFlow. */
export interface CompiledProgram {
  readonly outputs: ReadonlyMap<string, Port>
  /**
   * Feeds every input by name; an array that does not fit its input's size is refused before the native code sees it.
   * The results are the caller's own. Throws OUT_OF_MEMORY.
   */
  run(feeds: Feeds): Promise<Record<string, TensorData>>
  release(): Promise<void>
}

export type CompileProgram = (graph: Graph, options: ProgramOptions) => Promise<CompiledProgram>

export interface ProgramOptions {
  threads: number
  /** Folder of the files that External values read from. */
  weightsFolder?: string
  /** Keeps the memory of a run for the next one (the arena never shrinks): for a program that runs again and again. */
  keepsMemory?: boolean
}

export type Feeds = Readonly<Record<string, TensorData | ShapedData>>

/** Numbers with their shape, where an input's own leaves several sizes open. */
export interface ShapedData {
  data: TensorData
  shape: Shape
}

export interface Port {
  dtype: Dtype
  shape: Shape
}

/** A graph's inputs and outputs by name. */
export function portsOf(graph: Graph): { inputs: Map<string, Port>; outputs: Map<string, Port> } {
  const inputs = new Map<string, Port>()
  for (const { op } of graph.nodes) if (op.kind === 'Input') inputs.set(op.name, op)
  const outputs = new Map(
    [...graph.results].map(([name, value]) => [name, { dtype: value.dtype, shape: value.shape }]),
  )
  return { inputs, outputs }
}

/** What is fed to one input. Throws where it is missing or does not fit. */
export function fedTo(name: string, { shape: declared }: Port, feeds: Feeds): ShapedData {
  const fed = feeds[name]
  if (!fed) throw new Error(`program input ${name} [${declared}] was not fed`)
  const { data, shape } = 'shape' in fed ? fed : { data: fed, shape: declared }
  if (shape.length !== declared.length || declared.some((size, i) => size !== -1 && size !== shape[i]))
    throw new Error(`program input ${name}: expected [${declared}], found [${shape}]`)
  if (data.length !== sizeOf(shape))
    throw new Error(
      `program input ${name}: expected ${sizeOf(shape)} elements for [${shape}], found ${data.length}`,
    )
  return { data, shape }
}
