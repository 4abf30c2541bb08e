import { open } from 'node:fs/promises'
import { join } from 'node:path'
import {
  allOnHost,
  arraysWritten,
  type CompiledProgram,
  type DeviceResults,
  fedToHost,
  type Feeds,
  inPlacePairs,
  keptOnHost,
  type Port,
  portsOf,
  type ProgramOptions,
  type ShapedData,
} from '../onnx/compiled-program.ts'
import { deviceErrorOr } from '../onnx/device-error.ts'
import type { Dtype, TensorData } from '../tensor/dtype.ts'
import type { Graph, Node, Value } from '../tensor/graph.ts'
import type { OpOf } from '../tensor/op.ts'
import { type GraphPlan, planGraphs } from './graph-plan.ts'
import { type KernelContext, type Leaf, runOp } from './kernel-rules.ts'
import type { Tensor, TensorFlow } from './library.ts'
import { fromTensor, heldType, toTensor } from './tensor-data.ts'

/**
 * A graph run by TensorFlow.js, op by op: typed arrays in, typed arrays out. Each tensor is let go after its last use, so a
 * run needs what is alive at once; constants and weights stay until `release`.
 */
export class TensorFlowProgram implements CompiledProgram {
  readonly outputs: ReadonlyMap<string, Port>
  private readonly tf: TensorFlow
  private readonly inputs: ReadonlyMap<string, Port>
  private readonly graph: Graph
  private readonly plans: ReadonlyMap<Graph, GraphPlan>
  private readonly constants: ReadonlyMap<Value, Tensor>
  private readonly onDevice: ReadonlySet<string>
  /** Output → the input whose array it is written into. */
  private readonly inPlace: ReadonlyMap<string, string>

  private constructor(
    tf: TensorFlow,
    graph: Graph,
    plans: ReadonlyMap<Graph, GraphPlan>,
    constants: Map<Value, Tensor>,
    onDevice: ReadonlySet<string>,
    inPlace: ReadonlyMap<string, string>,
  ) {
    const { inputs, outputs } = portsOf(graph)
    this.tf = tf
    this.graph = graph
    this.plans = plans
    this.constants = constants
    this.inputs = inputs
    this.outputs = outputs
    this.onDevice = onDevice
    this.inPlace = inPlace
  }

  /** Throws where the graph has a type that TensorFlow.js has not (float64), and OUT_OF_MEMORY. */
  static async compile(
    tf: TensorFlow,
    graph: Graph,
    options: Pick<ProgramOptions, 'weightsFolder' | 'heldFiles' | 'onDevice' | 'inPlace'> = {},
  ): Promise<TensorFlowProgram> {
    const { weightsFolder = '', heldFiles = {}, onDevice = [] } = options
    const inPlace = inPlacePairs(graph, options)
    const plans = planGraphs(graph)
    const constants = new Map<Value, Tensor>()
    try {
      for (const { steps } of plans.values()) {
        for (const { node } of steps) {
          for (const value of node.outputs) heldType(value.dtype)
          const { op } = node
          if (op.kind === 'Const') constants.set(node.outputs[0]!, toTensor(tf, op.data, op.dtype, op.shape))
          else if (op.kind === 'External')
            constants.set(
              node.outputs[0]!,
              toTensor(tf, await readWeight(weightsFolder, heldFiles, op), op.dtype, op.shape),
            )
        }
      }
    } catch (error) {
      for (const tensor of constants.values()) tensor.dispose()
      throw deviceErrorOr(error)
    }
    return new TensorFlowProgram(tf, graph, plans, constants, new Set(onDevice), inPlace)
  }

  async run(feeds: Feeds): Promise<Record<string, TensorData>> {
    return allOnHost(await this.runOnDevice(feeds))
  }

  // The kernels run when called and block, as ONNX Runtime's do; async is the interface's.
  async runOnDevice(feeds: Feeds): Promise<DeviceResults> {
    const fed = [...this.inputs].map(([name, port]) => ({
      ...fedToHost(name, port, feeds),
      dtype: port.dtype,
    }))
    const foreign = new Set<unknown>(fed.map(({ data }) => data.buffer))
    for (const { node } of this.constants.keys())
      if (node.op.kind === 'Const') foreign.add(node.op.data.buffer)
    const { tf } = this
    try {
      const results: Record<string, ShapedData> = {}
      tf.tidy(() => {
        const inputs = fed.map(({ data, dtype, shape }) => toTensor(tf, data, dtype, shape))
        const tensors = this.runGraph(this.graph, inputs, new Map(this.constants))
        ;[...this.outputs].forEach(([name, { dtype }], i) => {
          const data = fromTensor(tensors[i]!, dtype)
          // The plain backend hands out the very array that it was given; a result is the caller's own.
          const own = foreign.has(data.buffer) ? data.slice() : data
          results[name] = { data: own, shape: tensors[i]!.shape }
          foreign.add(own.buffer)
        })
      })
      return keptOnHost(results, this.outputs, this.onDevice, arraysWritten(this.inPlace, feeds))
    } catch (error) {
      throw deviceErrorOr(error)
    }
  }

  release(): Promise<void> {
    for (const tensor of this.constants.values()) tensor.dispose()
    return Promise.resolve()
  }

  /** Takes `inputs` for its own; what it returns is the caller's. `known` has the values of the graphs around this one. */
  private runGraph(graph: Graph, inputs: readonly Tensor[], known: Map<Value, Tensor>): Tensor[] {
    const { tf } = this
    const { steps, results } = this.plans.get(graph)!
    const context: KernelContext = {
      tf,
      runGraph: (inner, tensors) => this.runGraph(inner, tensors, known),
    }
    let nextInput = 0
    for (const { node, last } of steps) {
      if (node.op.kind === 'Input') known.set(node.outputs[0]!, inputs[nextInput++]!)
      else if (!isHeld(node)) this.runNode(context, node, known)
      for (const value of last) {
        if (isHeld(value.node)) continue
        known.get(value)!.dispose()
        known.delete(value)
      }
    }
    return results.map((value, i) => {
      const tensor = known.get(value)!
      // Two results may be one value, and a value of a graph around this one is not this one's to give.
      const isOwn = value.graph === graph && !isHeld(value.node) && results.lastIndexOf(value) === i
      return isOwn ? tensor : tf.clone(tensor)
    })
  }

  private runNode(context: KernelContext, { op, inputs, outputs }: Node, known: Map<Value, Tensor>): void {
    const given = inputs.map((value) => known.get(value)!)
    this.tf.tidy(() => {
      const made = runOp(context, op as Exclude<typeof op, { kind: Leaf }>, given)
      // A rule may return what it was given: as a tensor of its own over the same numbers.
      const own = made.map((tensor) => (given.includes(tensor) ? this.tf.clone(tensor) : tensor))
      outputs.forEach((value, i) => known.set(value, own[i]!))
      return [...own]
    })
  }
}

const isHeld = ({ op }: Node): boolean => op.kind === 'Const' || op.kind === 'External'

async function readWeight(
  folder: string,
  heldFiles: NonNullable<ProgramOptions['heldFiles']>,
  { name, dtype, file, offset, bytes }: OpOf<'External'>,
): Promise<TensorData> {
  const held = heldFiles[file]
  if (held) return numbersOf(held.slice(offset, offset + bytes).buffer, dtype)
  const handle = await open(join(folder, file))
  try {
    const buffer = new ArrayBuffer(bytes)
    let at = 0
    while (at < bytes) {
      const { bytesRead } = await handle.read(new Uint8Array(buffer), at, bytes - at, offset + at)
      if (bytesRead === 0) throw new Error(`weight ${name}: expected ${bytes} bytes in ${file}, found ${at}`)
      at += bytesRead
    }
    return numbersOf(buffer, dtype)
  } finally {
    await handle.close()
  }
}

function numbersOf(buffer: ArrayBuffer, dtype: Dtype): TensorData {
  if (dtype === 'f16' || dtype === 'bf16') return new Uint16Array(buffer)
  if (dtype === 'i32') return new Int32Array(buffer)
  if (dtype === 'i64') return new BigInt64Array(buffer)
  if (dtype === 'i8') return new Int8Array(buffer)
  return dtype === 'bool' || dtype === 'u8' ? new Uint8Array(buffer) : new Float32Array(buffer)
}
