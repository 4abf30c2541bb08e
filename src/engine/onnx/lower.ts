import type { Graph, Node, Shape, Value } from '../tensor/graph.ts'
import type { OpKind } from '../tensor/op.ts'
import type { ProgramOptions } from './compiled-program.ts'
import { lowerHalves, storedHalf, touchesHalves } from './half-stand-ins.ts'
import { LoweringContext, type Provider } from './lowering-context.ts'
import { lowerOp } from './lowering-rules.ts'
import { graphProto, modelProto, nodeProto, valueInfo } from './onnx-proto.ts'
import type { Message } from './protobuf.ts'

/** Lowers a program to the bytes of an ONNX model; only what its outputs need is kept. */
export function lowerGraph(
  graph: Graph,
  provider: Provider = 'cpu',
  { hidesOpenSizes = false }: Pick<ProgramOptions, 'hidesOpenSizes'> = {},
): Uint8Array {
  const context = new LoweringContext(lowerBody, provider)
  return modelProto(lowerInto(graph, context, hidesOpenSizes))
}

const lowerBody = (body: Graph, parent: LoweringContext): Message =>
  lowerInto(body, new LoweringContext(lowerBody, parent))

function lowerInto(graph: Graph, context: LoweringContext, hidesOpenSizes = false): Message {
  const told = (shape: Shape) => (hidesOpenSizes && shape.includes(-1) ? null : shape)
  const inputs: Message[] = []
  const needed = reachable(graph)
  for (const node of graph.nodes) {
    // Inputs are the program's signature: a body must have all of them, in order.
    if (node.op.kind === 'Input') {
      const name = context.isBody ? context.fresh(node.op.name) : node.op.name
      context.names.set(node.outputs[0]!, name)
      inputs.push(valueInfo(name, node.op.dtype, told(node.op.shape)))
    } else if (needed.has(node)) {
      const names = node.inputs.map((value) => context.names.get(value)!)
      context.resultName = context.isBody ? null : ownName(graph, node.outputs[0]!)
      const lower = context.provider === 'cpu' && touchesHalves(node) ? lowerHalves : lowerOp
      lower(context, node.op, names, node.inputs).forEach((name, i) =>
        context.names.set(node.outputs[i]!, name),
      )
    }
  }
  const taken = new Set<string>()
  const outputs = [...graph.results].map(([name, value]) => {
    // A node's result in a body may be its output as it is; a program's output has the name that was asked for.
    const result = storedHalf(context, context.names.get(value)!, value.dtype)
    if (context.isBody && !withoutNode.has(value.node.op.kind) && !taken.has(result)) {
      taken.add(result)
      return valueInfo(result, value.dtype, value.shape)
    }
    // Else it needs a name of its own: the same value may be an input, or be asked for twice.
    const own = context.isBody ? context.fresh(name) : name
    if (result === own) return valueInfo(own, value.dtype, told(value.shape))
    context.nodes.push(
      nodeProto({
        opType: 'Identity',
        domain: '',
        inputs: [result],
        outputs: [own],
        attributes: {},
      }),
    )
    return valueInfo(own, value.dtype, told(value.shape))
  })
  return graphProto({ name: 'g', nodes: context.nodes, initializers: context.initializers, inputs, outputs })
}

/** The one name by which a graph outputs a value; null where there is none or several. */
function ownName(graph: Graph, value: Value): string | null {
  const names = [...graph.results].flatMap(([name, result]) => (result === value ? [name] : []))
  return names.length === 1 ? names[0]! : null
}

/** What is no node of the graph that it is a value of. */
const withoutNode: ReadonlySet<OpKind> = new Set(['Input', 'Capture', 'Const', 'External'])

function reachable(graph: Graph): Set<Node> {
  const needed = new Set<Node>()
  const stack = [...graph.results.values()].map((v) => v.node)
  while (stack.length > 0) {
    const node = stack.pop()!
    if (needed.has(node)) continue
    needed.add(node)
    for (const { node: input } of node.inputs) stack.push(input)
    // What a graph within takes from this one is needed here too.
    for (const inner of innerNodes(node))
      for (const value of inner.inputs) if (value.graph === graph) stack.push(value.node)
  }
  return needed
}

/** The nodes of the graphs within a node, at any depth. */
function* innerNodes({ op }: Node): Generator<Node> {
  const graphs = op.kind === 'Loop' ? [op.body] : op.kind === 'If' ? [op.yes, op.no] : []
  for (const graph of graphs) {
    for (const node of graph.nodes) {
      yield node
      yield* innerNodes(node)
    }
  }
}
