import type { CompileProgram } from '../onnx/compiled-program.ts'
import { DeviceMemory } from '../onnx/device-memory.ts'
import type { DeviceTensor } from '../onnx/device-tensor.ts'
import type { TensorData } from '../tensor/dtype.ts'
import type { Shape } from '../tensor/graph.ts'

/** What is sent of one weight. */
export interface SentWeight {
  data: TensorData
  dtype: 'f32' | 'i32'
  shape: Shape
}

/**
 * A model's weights in the device's memory, each sent once, when first asked for. Training puts a step's numbers in place of
 * those before; until they are fetched the model's own arrays lag behind.
 */
export class ResidentWeights {
  /** Compiles for the device that they lie on. */
  readonly compile: CompileProgram
  readonly memory: DeviceMemory
  private readonly tensors = new Map<string, DeviceTensor>()
  /** Names whose numbers the model's arrays do not have yet. */
  private readonly ahead = new Set<string>()

  constructor(compile: CompileProgram) {
    this.compile = compile
    this.memory = new DeviceMemory(compile)
  }

  async get(name: string, weight: () => SentWeight): Promise<DeviceTensor> {
    const known = this.tensors.get(name)
    if (known) return known
    const { data, dtype, shape } = weight()
    const tensor = await this.memory.upload(data, dtype, shape)
    this.tensors.set(name, tensor)
    return tensor
  }

  /** Takes a trained weight for its own, in place of the one before. */
  put(name: string, tensor: DeviceTensor): void {
    this.tensors.get(name)?.dispose()
    this.tensors.set(name, tensor)
    this.ahead.add(name)
  }

  /** Brings arrays up to what training made of their weights. */
  async fetchInto(arrays: ReadonlyMap<string, Float32Array>): Promise<void> {
    for (const name of this.ahead) {
      arrays.get(name)!.set((await this.memory.download(this.tensors.get(name)!)) as Float32Array)
      this.ahead.delete(name)
    }
  }

  /** The array of this weight has been changed: what is on the device is sent anew. */
  forget(name: string): void {
    this.tensors.get(name)?.dispose()
    this.tensors.delete(name)
    this.ahead.delete(name)
  }

  /** Frees what can be sent again, and the programs that send: memory ran out, or nobody computes for now. */
  async release(): Promise<void> {
    for (const name of this.tensors.keys()) if (!this.ahead.has(name)) this.forget(name)
    await this.memory.release()
  }

  /** Frees all, numbers that were never fetched too. */
  async discard(): Promise<void> {
    this.ahead.clear()
    await this.release()
  }
}
