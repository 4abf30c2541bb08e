import type { Dtype, TensorData } from '../tensor/dtype.ts'
import { Graph, type Shape } from '../tensor/graph.ts'
import type { CompiledProgram, CompileProgram } from './compiled-program.ts'
import type { DeviceTensor } from './device-tensor.ts'

/**
 * The way into a device's memory and back, for whoever keeps tensors there. Numbers go through a program that hands out what
 * it is fed (of onnxruntime-node 1.30 `getData` of a tensor on the device aborts the process). On a backend without memory of
 * its own the same calls copy arrays.
 */
export class DeviceMemory {
  private readonly compile: CompileProgram
  private readonly programs = new Map<string, Promise<CompiledProgram>>()

  constructor(compile: CompileProgram) {
    this.compile = compile
  }

  /** A tensor with these numbers. Throws OUT_OF_MEMORY, and where the device has no such type (WebGPU: i64, f64, bool). */
  async upload(data: TensorData, dtype: Dtype, shape: Shape): Promise<DeviceTensor> {
    const program = await this.program('to', dtype, shape.length)
    const { device } = await program.runOnDevice({ x: { data, shape } })
    return device['y']!
  }

  /** A tensor's numbers; they are the caller's own. */
  async download(tensor: DeviceTensor): Promise<TensorData> {
    const program = await this.program('from', tensor.dtype, tensor.shape.length)
    return (await program.run({ x: tensor }))['y']!
  }

  async release(): Promise<void> {
    const programs = [...this.programs.values()]
    this.programs.clear()
    for (const program of programs) await (await program).release()
  }

  private program(direction: 'to' | 'from', dtype: Dtype, rank: number): Promise<CompiledProgram> {
    const key = `${direction} ${dtype} ${rank}`
    const known = this.programs.get(key)
    if (known) return known
    const graph = new Graph()
    graph.output('y', graph.input('x', dtype, new Array<number>(rank).fill(-1)))
    const program = this.compile(graph, {
      threads: 1,
      keepsMemory: false,
      onDevice: direction === 'to' ? ['y'] : [],
    })
    this.programs.set(key, program)
    program.catch(() => this.programs.delete(key))
    return program
  }
}
