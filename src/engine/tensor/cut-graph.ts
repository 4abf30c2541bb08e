import { Graph, type Value } from './graph.ts'

/**
 * The part of a graph that computes `results` from `cuts`: each cut value becomes an input of the name given for it, and
 * what only led to it is gone. Inputs of the graph that are still needed keep their names.
 */
export function cutGraph(results: ReadonlyMap<string, Value>, cuts: ReadonlyMap<string, Value>): Graph {
  const copy = new Graph()
  const known = new Map<Value, Value>()
  for (const [name, value] of cuts) known.set(value, copy.input(name, value.dtype, value.shape))
  const original = [...results.values()][0]!.graph
  const needed = new Set([...results.values()].map((value) => value.node))
  for (const node of original.nodes.toReversed()) {
    if (!needed.has(node) || node.outputs.every((value) => known.has(value))) continue
    for (const input of node.inputs) if (!known.has(input)) needed.add(input.node)
  }
  for (const node of original.nodes) {
    if (!needed.has(node)) continue
    const missing = node.outputs.filter((value) => !known.has(value))
    if (missing.length === 0) continue
    const outputs = copy.applyAll(
      node.op,
      node.inputs.map((value) => known.get(value)!),
    )
    for (const value of missing) known.set(value, outputs[value.index]!)
  }
  for (const [name, value] of results) copy.output(name, known.get(value)!)
  return copy
}
