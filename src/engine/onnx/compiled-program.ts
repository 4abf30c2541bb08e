import type { Dtype, TensorData } from '../tensor/dtype.ts'
import type { Graph, Shape } from '../tensor/graph.ts'
import { sizeOf } from '../tensor/shape-rules.ts'
import type { PlacedNode } from './node-placement.ts'
import { type DeviceHome, DeviceTensor } from './device-tensor.ts'

/** What executes graphs, seen from those who build them: the same for ONNX Runtime and for TensorFlow. */
export interface CompiledProgram {
  readonly outputs: ReadonlyMap<string, Port>
  /**
   * Feeds every input by name; an array that does not fit its input's size is refused before the native code sees it.
   * The results are the caller's own. Throws OUT_OF_MEMORY. For programs whose outputs all come back.
   */
  run(feeds: Feeds): Promise<Record<string, TensorData>>
  /** The same for a program some of whose outputs stay on the device (see ProgramOptions): the caller disposes of them. */
  runOnDevice(feeds: Feeds): Promise<DeviceResults>
  release(): Promise<void>
}

export type CompileProgram = (graph: Graph, options: ProgramOptions) => Promise<CompiledProgram>

export interface ProgramOptions {
  threads: number
  /** Folder of the files that External values read from. */
  weightsFolder?: string
  /** Files of that folder which exist in memory alone, by name. */
  heldFiles?: Readonly<Record<string, Uint8Array>>
  /** Lays External matrices out anew for the products they are used in: faster, and one more copy a use. Default: true. */
  prepacks?: boolean
  /**
   * Computes what depends on no input once, when the program is compiled. Default: true. false: External values of few bits
   * stay few, and are turned into larger numbers where they are used.
   */
  foldsConstants?: boolean
  /**
   * ONNX Runtime is not told of sizes that are known at run time alone. Its plan of memory compares each value with all that
   * went before it: of 12,000 nodes that took 27 s of a processor, and 12 without sizes to compare.
   */
  hidesOpenSizes?: boolean
  /** Keeps the memory of a run for the next one (the arena never shrinks): for a program that runs again and again. */
  keepsMemory?: boolean
  /**
   * Outputs that stay in the device's memory. A backend without memory of its own keeps them as arrays behind the same
   * interface.
   */
  onDevice?: readonly string[]
  /** Told after the first run where each of its nodes ran; that run is slower. ONNX Runtime alone. */
  onPlacement?: (nodes: PlacedNode[]) => void
  /**
   * Outputs that are written into the tensor on the device that an input is fed, by output: the input. Nothing is returned for
   * them: what was fed is changed. Each must be the PutElements of its input, which nothing else reads. Not with `onDevice`.
   */
  inPlace?: Readonly<Record<string, string>>
}

export interface DeviceResults {
  /** The outputs that came back. */
  host: Record<string, TensorData>
  /** Those that stayed. */
  device: Record<string, DeviceTensor>
}

export type Feeds = Readonly<Record<string, TensorData | ShapedData | DeviceTensor>>

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

/** Output → input. Throws where another node could read an input before or after it is written to. */
export function inPlacePairs(
  graph: Graph,
  { inPlace = {}, onDevice = [] }: Pick<ProgramOptions, 'inPlace' | 'onDevice'>,
): ReadonlyMap<string, string> {
  const pairs = new Map(Object.entries(inPlace))
  if (pairs.size > 0 && onDevice.length > 0)
    throw new Error('a program keeps outputs on the device or writes them in place, not both')
  for (const [output, input] of pairs) {
    const value = graph.results.get(output)
    const written = value?.node.op.kind === 'PutElements' ? value.node.inputs[0]! : null
    const op = written?.node.op
    const readers = graph.nodes.filter(({ inputs }) => written !== null && inputs.includes(written))
    if (op?.kind !== 'Input' || op.name !== input || readers.length !== 1)
      throw new Error(
        `output ${output} cannot be written in place: expected a PutElements of input ${input} alone`,
      )
  }
  return pairs
}

/** What is fed to one input: arrays, or what the backend at `home` knows a tensor in its memory by. Throws where it is missing or does not fit. */
export function fedTo(
  name: string,
  port: Port,
  feeds: Feeds,
  home: DeviceHome,
): ShapedData | { held: unknown; shape: Shape } {
  const fed = feeds[name]
  if (!fed) throw new Error(`program input ${name} [${port.shape}] was not fed`)
  if (fed instanceof DeviceTensor) {
    assertShape(name, port.shape, fed.shape)
    if (fed.dtype !== port.dtype)
      throw new Error(`program input ${name}: expected ${port.dtype}, found ${fed.dtype} on the device`)
    return { held: fed.heldAt(home), shape: fed.shape }
  }
  const { data, shape } = 'shape' in fed ? fed : { data: fed, shape: port.shape }
  assertShape(name, port.shape, shape)
  if (data.length !== sizeOf(shape))
    throw new Error(
      `program input ${name}: expected ${sizeOf(shape)} elements for [${shape}], found ${data.length}`,
    )
  return { data, shape }
}

function assertShape(name: string, declared: Shape, shape: Shape): void {
  if (shape.length !== declared.length || declared.some((size, i) => size !== -1 && size !== shape[i]))
    throw new Error(`program input ${name}: expected [${declared}], found [${shape}]`)
}

/** Of a program whose tensors are arrays of the host: what its outputs are written into. */
export function arraysWritten(
  inPlace: ReadonlyMap<string, string>,
  feeds: Feeds,
): ReadonlyMap<string, TensorData> {
  return new Map(
    [...inPlace].map(([output, input]) => {
      const fed = feeds[input]
      if (!(fed instanceof DeviceTensor))
        throw new Error(`program input ${input} is written in place: expected a tensor on the device`)
      return [output, fed.heldAt('host') as TensorData]
    }),
  )
}

/** What is fed to one input of a program whose tensors are arrays of the host. */
export function fedToHost(name: string, port: Port, feeds: Feeds): ShapedData {
  const fed = fedTo(name, port, feeds, 'host')
  return 'held' in fed ? { data: fed.held as TensorData, shape: fed.shape } : fed
}

/**
 * Splits results that are all arrays of the host: where there is no other memory, what stays on the device is an array too.
 * `written`: the arrays that outputs are written into.
 */
export function keptOnHost(
  results: Record<string, ShapedData>,
  outputs: ReadonlyMap<string, Port>,
  onDevice: ReadonlySet<string>,
  written: ReadonlyMap<string, TensorData> = new Map(),
): DeviceResults {
  const kept: DeviceResults = { host: {}, device: {} }
  for (const [name, { data, shape }] of Object.entries(results)) {
    const into = written.get(name)
    if (into) (into as Float32Array).set(data as Float32Array)
    else if (!onDevice.has(name)) kept.host[name] = data
    else
      kept.device[name] = new DeviceTensor('host', data, { dtype: outputs.get(name)!.dtype, shape }, () => {})
  }
  return kept
}

/** Results of a program that keeps nothing on the device. Throws where it does: nobody would dispose of it. */
export function allOnHost({ host, device }: DeviceResults): Record<string, TensorData> {
  const names = Object.keys(device)
  if (names.length === 0) return host
  for (const tensor of Object.values(device)) tensor.dispose()
  throw new Error(`outputs ${names.join(', ')} stay on the device: run this program by runOnDevice`)
}
