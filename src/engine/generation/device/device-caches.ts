import { Graph } from '../../tensor/graph.ts'
import * as t from '../../tensor/build.ts'
import type { ModelConfig } from '../../model/model-config.ts'
import type { CompiledProgram, CompileProgram, Feeds } from '../../onnx/compiled-program.ts'
import type { DeviceMemory } from '../../onnx/device-memory.ts'
import type { DeviceTensor } from '../../onnx/device-tensor.ts'

export interface CacheSize {
  slots: number // B
  capacity: number // C
}

/** Axis of the positions in an array [B, Hkv, …, …] of keys or of values (see CacheArrays). */
const positionAxis = { key: 3, value: 2 } as const
type Part = keyof typeof positionAxis

/** Programs that copy an array of a cache into one of another size, on the device. */
export class CacheMovers {
  private readonly programs: Record<Part, CompiledProgram>

  private constructor(programs: Record<Part, CompiledProgram>) {
    this.programs = programs
  }

  static async compile(compile: CompileProgram): Promise<CacheMovers> {
    const program = (part: Part) => compile(moveGraph(part), { threads: 1, onDevice: ['moved'] })
    return new CacheMovers({ key: await program('key'), value: await program('value') })
  }

  async move(part: Part, feeds: Feeds): Promise<DeviceTensor> {
    return (await this.programs[part].runOnDevice(feeds)).device['moved']!
  }

  async release(): Promise<void> {
    for (const program of Object.values(this.programs)) await program.release()
  }
}

/** array f32 [B·W·C], its shape i64 [4], slots i32 [B'], columns i32 [C'] → moved f32 [B'·W·C']. */
function moveGraph(part: Part): Graph {
  const graph = new Graph()
  const array = graph.input('array', 'f32', [-1])
  const whole = graph.apply({ kind: 'ReshapeTo', shape: [-1, -1, -1, -1] }, [
    array,
    graph.input('shape', 'i64', [4]),
  ])
  const kept = graph.apply({ kind: 'GatherAxis', axis: 0 }, [whole, graph.input('slots', 'i32', [-1])])
  const moved = graph.apply({ kind: 'GatherAxis', axis: positionAxis[part] }, [
    kept,
    graph.input('columns', 'i32', [-1]),
  ])
  graph.output('moved', t.reshape(moved, [-1]))
  return graph
}

/** The keys and values of all slots, of every layer, in the memory of a device. All C columns are multiplied, used or not. */
export class DeviceCaches {
  private readonly config: ModelConfig
  private readonly memory: DeviceMemory
  private readonly movers: CacheMovers
  private readonly arrays = new Map<string, DeviceTensor>()
  private columns: DeviceTensor | null = null
  private current: CacheSize

  private constructor(config: ModelConfig, memory: DeviceMemory, movers: CacheMovers, size: CacheSize) {
    this.config = config
    this.memory = memory
    this.movers = movers
    this.current = size
  }

  /** Filled with zeros. Throws OUT_OF_MEMORY. */
  static async open(
    config: ModelConfig,
    memory: DeviceMemory,
    movers: CacheMovers,
    size: CacheSize,
  ): Promise<DeviceCaches> {
    const caches = new DeviceCaches(config, memory, movers, size)
    const zeros = new Float32Array(size.slots * config.kvHeads * config.headDim * size.capacity)
    try {
      for (let layer = 0; layer < config.layers; layer++)
        for (const part of ['key', 'value'])
          caches.arrays.set(`${part}${layer}`, await memory.upload(zeros, 'f32', [zeros.length]))
      await caches.number()
    } catch (error) {
      caches.release()
      throw error
    }
    return caches
  }

  get size(): CacheSize {
    return this.current
  }

  feeds(): Feeds {
    return {
      ...Object.fromEntries(this.arrays),
      columns: this.columns!,
      capacity: Int32Array.of(this.current.capacity),
      keyShape: this.shapeOf('key'),
      valueShape: this.shapeOf('value'),
    }
  }

  /**
   * Keeps the slots of these numbers, ascending, with `capacity` positions each. In new positions anything stands; nothing looks
   * at a position before it is written. Throws OUT_OF_MEMORY.
   */
  async reshape(kept: readonly number[], capacity: number): Promise<void> {
    const old = this.current
    if (kept.length === old.slots && capacity === old.capacity) return
    const slots = Int32Array.from(kept)
    const columns = Int32Array.from({ length: capacity }, (_, i) => (i < old.capacity ? i : 0))
    const shapes = { key: this.shapeOf('key'), value: this.shapeOf('value') }
    for (const [name, array] of this.arrays) {
      const part = name.startsWith('key') ? 'key' : 'value'
      const moved = await this.movers.move(part, {
        array,
        shape: shapes[part],
        slots: { data: slots, shape: [slots.length] },
        columns: { data: columns, shape: [columns.length] },
      })
      array.dispose()
      this.arrays.set(name, moved)
    }
    this.current = { slots: kept.length, capacity }
    await this.number()
  }

  release(): void {
    for (const array of this.arrays.values()) array.dispose()
    this.arrays.clear()
    this.columns?.dispose()
    this.columns = null
  }

  private async number(): Promise<void> {
    this.columns?.dispose()
    const { capacity } = this.current
    this.columns = await this.memory.upload(
      Float32Array.from({ length: capacity }, (_, i) => i),
      'f32',
      [capacity],
    )
  }

  private shapeOf(part: Part): BigInt64Array {
    const { kvHeads, headDim } = this.config
    const { slots, capacity } = this.current
    const last = part === 'key' ? [headDim, capacity] : [capacity, headDim]
    return BigInt64Array.from([slots, kvHeads, ...last], BigInt)
  }
}
