import type { Graph, Node, Value } from '../tensor/graph.ts'

export interface PlannedStep {
  node: Node
  /** Values that nothing needs after this step. */
  last: readonly Value[]
}

/** A graph in the order in which it runs, only what its results need. */
export interface GraphPlan {
  steps: readonly PlannedStep[]
  results: readonly Value[]
}

/** The plans of a graph and of every graph within it. A value of a graph around one is that graph's to let go. */
export function planGraphs(graph: Graph, plans = new Map<Graph, GraphPlan>()): Map<Graph, GraphPlan> {
  const results = [...graph.results.values()]
  const used = new Map<Node, Set<Value>>()
  const needed = new Set<Node>()
  const stack = results.map(({ node }) => node)
  while (stack.length > 0) {
    const node = stack.pop()!
    if (node.op.kind === 'Input' || needed.has(node)) continue
    needed.add(node)
    const uses = usesOf(node, graph)
    used.set(node, uses)
    for (const value of uses) stack.push(value.node)
  }
  // Inputs are the signature: all of them take part, needed or not.
  const order = graph.nodes.filter((node) => node.op.kind === 'Input' || needed.has(node))
  const lastStep = new Map<Value, Node>()
  for (const node of order) {
    for (const value of node.outputs) lastStep.set(value, node)
    for (const value of used.get(node) ?? []) lastStep.set(value, node)
  }
  for (const value of results) lastStep.delete(value)
  const last = new Map<Node, Value[]>()
  for (const [value, node] of lastStep) last.set(node, [...(last.get(node) ?? []), value])
  plans.set(graph, { steps: order.map((node) => ({ node, last: last.get(node) ?? [] })), results })
  for (const node of order) for (const inner of graphsWithin(node)) planGraphs(inner, plans)
  return plans
}

/** What a step takes of this graph, the graphs within it included. */
function usesOf(node: Node, graph: Graph): Set<Value> {
  const uses = new Set(node.inputs.filter((value) => value.graph === graph))
  for (const inner of graphsWithin(node)) {
    for (const within of inner.nodes) for (const value of usesOf(within, graph)) uses.add(value)
    for (const value of inner.results.values()) if (value.graph === graph) uses.add(value)
  }
  return uses
}

const graphsWithin = ({ op }: Node): Graph[] =>
  op.kind === 'Loop' ? [op.body] : op.kind === 'If' ? [op.yes, op.no] : []
