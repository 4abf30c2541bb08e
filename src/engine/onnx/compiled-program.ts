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
  /** Keeps the memory of a run for the next one (the arena never shrinks): for a program that runs again and again. */
  keepsMemory?: boolean
  /**
   * Outputs that stay in the device's memory. A backend without memory of its own keeps them as arrays behind the same
   * interface.
   */
  onDevice?: readonly string[]
  /** Told after the first run where each of its nodes ran; that run is slower. ONNX Runtime alone. */
  onPlacement?: (nodes: PlacedNode[]) => void
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

/** What is fed to one input of a program whose tensors are arrays of the host. */
export function fedToHost(name: string, port: Port, feeds: Feeds): ShapedData {
  const fed = fedTo(name, port, feeds, 'host')
  return 'held' in fed ? { data: fed.held as TensorData, shape: fed.shape } : fed
}

/** Splits results that are all arrays of the host: where there is no other memory, what stays on the device is an array too. */
export function keptOnHost(
  results: Record<string, ShapedData>,
  outputs: ReadonlyMap<string, Port>,
  onDevice: ReadonlySet<string>,
): DeviceResults {
  const kept: DeviceResults = { host: {}, device: {} }
  for (const [name, { data, shape }] of Object.entries(results)) {
    if (!onDevice.has(name)) kept.host[name] = data
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
