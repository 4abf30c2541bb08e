import type { Dtype, TensorData } from './dtype.ts'
import type { Op } from './op.ts'
import { inferOutputs } from './shape-rules.ts'

export type Shape = readonly number[]

/** One result of a node: a symbolic tensor with a static shape. −1 marks the one size only known at run time. */
export interface Value {
  readonly graph: Graph
  readonly node: Node
  readonly index: number
  readonly shape: Shape
  readonly dtype: Dtype
}

export interface Node {
  readonly id: number
  readonly op: Op
  readonly inputs: readonly Value[]
  readonly outputs: Value[]
}

/**
 * A tensor program in construction order (so a node's inputs always stand before it). Equal expressions are built
 * once: gradient rules may recompute what the forward pass has without paying for it.
 */
export class Graph {
  readonly nodes: Node[] = []
  readonly results = new Map<string, Value>()
  private readonly known = new Map<string, Node>()

  apply(op: Op, inputs: readonly Value[] = []): Value {
    return this.applyAll(op, inputs)[0]!
  }

  applyAll(op: Op, inputs: readonly Value[] = []): readonly Value[] {
    const key = expressionKey(op, inputs)
    const seen = key === null ? undefined : this.known.get(key)
    if (seen) return seen.outputs
    const node: Node = { id: this.nodes.length, op, inputs, outputs: [] }
    inferOutputs(op, inputs).forEach(({ shape, dtype }, index) => {
      node.outputs.push({ graph: this, node, index, shape, dtype })
    })
    this.nodes.push(node)
    if (key !== null) this.known.set(key, node)
    return node.outputs
  }

  input(name: string, dtype: Dtype, shape: Shape): Value {
    return this.apply({ kind: 'Input', name, dtype, shape })
  }

  constant(data: TensorData, dtype: Dtype, shape: Shape): Value {
    return this.apply({ kind: 'Const', dtype, shape, data })
  }

  /** A 0-d constant of a floating type. */
  scalar(value: number, dtype: Dtype): Value {
    if (dtype === 'f64') return this.constant(Float64Array.of(value), dtype, [])
    if (dtype === 'i32') return this.constant(Int32Array.of(value), dtype, [])
    if (dtype === 'i64') return this.constant(BigInt64Array.of(BigInt(value)), dtype, [])
    if (dtype === 'bool') return this.constant(Uint8Array.of(value), dtype, [])
    return this.constant(Float32Array.of(value), dtype, [])
  }

  /** A value of a graph around this one, for use in this one: ops belong to the graph of their first input. */
  capture(value: Value): Value {
    return value.graph === this ? value : this.apply({ kind: 'Capture' }, [value])
  }

  /** Names a value as an output of the program. */
  output(name: string, value: Value): void {
    this.results.set(name, value)
  }
}

/** null: never shared (inputs are told apart by name, big constants and loops are built once by their maker). */
function expressionKey(op: Op, inputs: readonly Value[]): string | null {
  if (op.kind === 'Loop' || op.kind === 'If') return null
  if (op.kind === 'Const') {
    if (op.data.length > 4) return null
    return `Const ${op.dtype} ${op.shape.join()} ${op.data.join()}`
  }
  return (
    JSON.stringify(op) +
    inputs.map((v) => `${v.graph === undefined ? '' : graphId(v.graph)}.${v.node.id}.${v.index}`).join(' ')
  )
}

const graphIds = new WeakMap<Graph, number>()
let lastGraphId = 0
function graphId(graph: Graph): number {
  const known = graphIds.get(graph)
  if (known !== undefined) return known
  graphIds.set(graph, ++lastGraphId)
  return lastGraphId
}
