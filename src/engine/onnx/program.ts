import ort from './runtime.ts'
import type { Dtype, TensorData } from '../tensor/dtype.ts'
import type { Graph } from '../tensor/graph.ts'
import {
  allOnHost,
  arraysWritten,
  type CompiledProgram,
  type DeviceResults,
  fedTo,
  type Feeds,
  inPlacePairs,
  keptOnHost,
  type Port,
  portsOf,
  type ProgramOptions,
} from './compiled-program.ts'
import { type DeviceHome, DeviceTensor } from './device-tensor.ts'
import { lowerGraph } from './lower.ts'
import type { Provider } from './lowering-context.ts'
import { PlacementProfile } from './node-placement.ts'
import { deviceErrorOr } from './device-error.ts'
import { countTransfer } from './transfers.ts'

// CUDA's provider warns at every ScatterND of rows that are never repeated, in every program, by the log that a process's first
// session opens, whatever that one runs on.
ort.env.logLevel = 'error'

const ortTypes: Record<Dtype, ort.Tensor.Type> = {
  f32: 'float32',
  f64: 'float64',
  i32: 'int32',
  i64: 'int64',
  i8: 'int8',
  u8: 'uint8',
  bool: 'bool',
  f16: 'float16',
  bf16: 'float32', // never at the edge of a program: bf16 lives in External values only
}

/** The binding hands out no memory of CUDA: what a program returns has been fetched. */
const homes: Record<Provider, DeviceHome> = { cpu: 'host', webgpu: 'webgpu', cuda: 'host' }

interface Recording {
  profile: PlacementProfile
  tell: NonNullable<ProgramOptions['onPlacement']>
}

/** A graph compiled by ONNX Runtime. */
export class Program implements CompiledProgram {
  private readonly session: ort.InferenceSession
  private readonly inputs: ReadonlyMap<string, Port>
  private readonly onDevice: ReadonlySet<string>
  private readonly home: DeviceHome
  /** Output → the input whose tensor it is written into. */
  private readonly inPlace: ReadonlyMap<string, string>
  /** Its tensors that live on the device, and whether it is to go with the last of them. */
  private liveTensors = 0
  private isReleased = false
  /** Of the first run, where somebody wants to know where its nodes run. */
  private recording: Recording | null
  readonly outputs: ReadonlyMap<string, Port>

  private constructor(
    session: ort.InferenceSession,
    { inputs, outputs }: ReturnType<typeof portsOf>,
    onDevice: ReadonlySet<string>,
    home: DeviceHome,
    inPlace: ReadonlyMap<string, string>,
    recording: Recording | null,
  ) {
    this.session = session
    this.inputs = inputs
    this.outputs = outputs
    this.onDevice = onDevice
    this.home = home
    this.inPlace = inPlace
    this.recording = recording
  }

  static compile(graph: Graph, options: ProgramOptions): Promise<Program> {
    return Program.compileFor('cpu', graph, options)
  }

  /**
   * Inputs are arrays of the host or tensors on the device, results arrays but for those that `onDevice` names. On WebGPU a
   * node that would fall back to the processor is an error: its data would travel there and back without anybody noticing.
   */
  static async compileFor(provider: Provider, graph: Graph, options: ProgramOptions): Promise<Program> {
    const {
      threads,
      heldFiles = {},
      foldsConstants = true,
      keepsMemory = true,
      onDevice = [],
      onPlacement,
    } = options
    const recording = onPlacement ? { profile: new PlacementProfile(), tell: onPlacement } : null
    const home = homes[provider]
    const inPlace = inPlacePairs(graph, options)
    const session = await createSession(lowerGraph(graph, provider, options), {
      executionProviders: [provider],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      enableMemPattern: false, // measured: it doubles the arena from the second run on
      enableCpuMemArena: keepsMemory,
      logSeverityLevel: 3,
      ...recording?.profile.sessionOptions,
      // The binding (1.30) takes tensors to write into only where no output has a preferred place.
      ...(home !== 'host' &&
        inPlace.size === 0 && {
          preferredOutputLocation: Object.fromEntries(
            [...graph.results.keys()].map((name) => [name, onDevice.includes(name) ? 'gpu-buffer' : 'cpu']),
          ),
        }),
      ...(Object.keys(heldFiles).length > 0 && {
        externalData: Object.entries(heldFiles).map(([path, data]) => ({ path, data })),
      }),
      extra: { session: sessionExtras(provider, options), ...(!foldsConstants && unfolded) },
    })
    return new Program(session, portsOf(graph), new Set(onDevice), home, inPlace, recording)
  }

  async run(feeds: Feeds): Promise<Record<string, TensorData>> {
    return allOnHost(await this.runOnDevice(feeds))
  }

  async runOnDevice(feeds: Feeds): Promise<DeviceResults> {
    const tensors: Record<string, ort.Tensor> = {}
    let sentBytes = 0
    for (const [name, port] of this.inputs) {
      const fed = fedTo(name, port, feeds, this.home)
      if ('held' in fed && this.home !== 'host') {
        tensors[name] = fed.held as ort.Tensor
        continue
      }
      if (!('held' in fed) && this.isWritten(name))
        throw new Error(`program input ${name} is written in place: expected a tensor on the device`)
      const data = ('held' in fed ? fed.held : fed.data) as Float32Array
      tensors[name] = new ort.Tensor(ortTypes[port.dtype] as 'float32', data, [...fed.shape])
      sentBytes += data.byteLength
    }
    try {
      const results = await this.session.run(tensors, this.fetches(tensors))
      this.tellPlacement()
      return this.home === 'host' ? this.kept(results, feeds) : this.divided(results, sentBytes)
    } catch (error) {
      throw deviceErrorOr(error)
    }
  }

  private isWritten(input: string): boolean {
    return [...this.inPlace.values()].includes(input)
  }

  private tellPlacement(): void {
    if (!this.recording) return
    const { profile, tell } = this.recording
    this.recording = null
    tell(profile.read(this.session))
  }

  /** What outputs are written into; null: a tensor of its own. */
  private fetches(tensors: Record<string, ort.Tensor>): Record<string, ort.Tensor | null> {
    return Object.fromEntries(
      [...this.outputs.keys()].map((name) => {
        const input = this.inPlace.get(name)
        // Of arrays the binding (1.30) would write into them and copy them: they are copied here.
        return [name, input === undefined || this.home === 'host' ? null : tensors[input]!]
      }),
    )
  }

  private kept(results: ort.InferenceSession.ReturnType, feeds: Feeds): DeviceResults {
    const arrays = Object.entries(results).map(([name, { data, dims }]) => [
      name,
      { data: data as TensorData, shape: dims },
    ])
    return keptOnHost(
      Object.fromEntries(arrays),
      this.outputs,
      this.onDevice,
      arraysWritten(this.inPlace, feeds),
    )
  }

  private divided(results: ort.InferenceSession.ReturnType, sentBytes: number): DeviceResults {
    const divided: DeviceResults = { host: {}, device: {} }
    let fetchedBytes = 0
    for (const [name, tensor] of Object.entries(results)) {
      if (this.inPlace.has(name)) continue
      if (this.onDevice.has(name)) {
        const port = { dtype: this.outputs.get(name)!.dtype, shape: tensor.dims }
        this.liveTensors++
        divided.device[name] = new DeviceTensor(this.home, tensor, port, () => this.free(tensor))
      } else {
        const data = tensor.data as TensorData
        divided.host[name] = data
        fetchedBytes += data.byteLength
      }
    }
    countTransfer(sentBytes, fetchedBytes)
    return divided
  }

  private free(tensor: ort.Tensor): void {
    tensor.dispose()
    if (--this.liveTensors === 0 && this.isReleased) void this.session.release()
  }

  /** The session goes when the last tensor that it left on the device has gone: freeing one after its session is a SIGSEGV. */
  async release(): Promise<void> {
    if (this.isReleased) return
    this.isReleased = true
    this.recording?.profile.discard()
    this.recording = null
    if (this.liveTensors === 0) await this.session.release()
  }
}

/** Off: what computes constants, and what would make integer products of codes and scales. */
const unfolded = { optimization: { disable_specified_optimizers: 'ConstantFolding' } }

function sessionExtras(
  provider: Provider,
  { weightsFolder, prepacks = true }: ProgramOptions,
): Record<string, string> {
  return {
    ...(weightsFolder !== undefined && {
      model_external_initializers_file_folder_path: weightsFolder,
      disable_prepacking: prepacks ? '0' : '1',
    }),
    // CUDA's provider leaves arithmetic on shapes to the processor on purpose.
    ...(provider === 'webgpu' && { disable_cpu_ep_fallback: '1' }),
  }
}

async function createSession(
  model: Uint8Array,
  options: ort.InferenceSession.SessionOptions,
): Promise<ort.InferenceSession> {
  try {
    return await ort.InferenceSession.create(model, options)
  } catch (error) {
    throw deviceErrorOr(error)
  }
}
