import type { Dtype, TensorData } from '../tensor/dtype.ts'
import type { Graph, Shape, Value } from '../tensor/graph.ts'
import { encodeHalf, type HalfDtype, isHalf } from '../tensor/half-floats.ts'
import type { Message } from './protobuf.ts'
import { type Attribute, nodeProto, tensorProto } from './onnx-proto.ts'

/** Whose kernels a program is lowered for. */
export type Provider = 'cpu' | 'webgpu' | 'cuda'

export interface EmitOptions {
  outputs?: number
  domain?: '' | 'com.microsoft'
  /** The name of its one output, instead of a fresh one. */
  as?: string | null
}

/** Collects the nodes of one ONNX graph (a program or a loop body) while the rules of lowering-rules.ts run. */
export class LoweringContext {
  readonly nodes: Message[] = []
  readonly initializers: Message[] = []
  readonly names: Map<Value, string>
  /** A loop's body: its names must differ from those of the graph around it. */
  readonly isBody: boolean
  readonly lowerBody: (body: Graph, context: LoweringContext) => Message
  readonly provider: Provider
  /** What the program calls the result of the op that is being lowered; null where it has no name or several. */
  resultName: string | null = null
  /** Names of f32 tensors that stand for halves (see half-stand-ins.ts). */
  readonly halves: Map<string, HalfDtype>
  private readonly emitted = new Map<string, string[]>()
  private readonly counter: { next: number }

  constructor(
    lowerBody: (body: Graph, context: LoweringContext) => Message,
    within: LoweringContext | Provider,
  ) {
    const parent = typeof within === 'string' ? undefined : within
    this.provider = typeof within === 'string' ? within : within.provider
    this.lowerBody = lowerBody
    this.isBody = parent !== undefined
    // A body sees the names of the graph around it, and must not reuse one.
    this.names = parent ? parent.names : new Map()
    this.counter = parent ? parent.counter : { next: 0 }
    this.halves = parent ? parent.halves : new Map()
  }

  fresh(prefix: string): string {
    return `${prefix}_${this.counter.next++}`
  }

  /** Adds a node, or returns the outputs of an equal one: rules may recompute shared parts freely. */
  emit(
    opType: string,
    inputs: readonly string[],
    attributes: Record<string, Attribute> = {},
    options: EmitOptions = {},
  ): string[] {
    const { outputs: count = 1, domain = '', as = null } = options
    const isPlain = Object.values(attributes).every((a) => !(typeof a === 'object' && 'graph' in a))
    const key = isPlain ? JSON.stringify([opType, inputs, attributes, count]) : null
    const known = key === null ? undefined : this.emitted.get(key)
    if (known) return known
    const outputs = as === null ? Array.from({ length: count }, () => this.fresh(opType)) : [as]
    this.nodes.push(nodeProto({ opType, domain, inputs, outputs, attributes }))
    if (key !== null) this.emitted.set(key, outputs)
    return outputs
  }

  one(
    opType: string,
    inputs: readonly string[],
    attributes: Record<string, Attribute> = {},
    options: EmitOptions = {},
  ): string {
    return this.emit(opType, inputs, attributes, options)[0]!
  }

  constant(dtype: Dtype, shape: Shape, data: TensorData): string {
    const key = data.length > 16 ? null : `const ${dtype} ${shape.join()} ${data.join()}`
    const known = key === null ? undefined : this.emitted.get(key)
    if (known) return known[0]!
    const name = this.fresh('const')
    const stored = isHalf(dtype) && data instanceof Float32Array ? encodeHalf(data, dtype) : data
    this.initializers.push(tensorProto(name, dtype, shape, stored))
    if (key !== null) this.emitted.set(key, [name])
    return name
  }

  scalar(dtype: Dtype, value: number): string {
    return this.constant(dtype, [], dtype === 'f64' ? Float64Array.of(value) : Float32Array.of(value))
  }

  ints(values: readonly number[]): string {
    return this.constant('i64', [values.length], BigInt64Array.from(values, BigInt))
  }
}
