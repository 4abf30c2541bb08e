import * as t from '../tensor/build.ts'
import type { Value } from '../tensor/graph.ts'
import type { Op } from '../tensor/op.ts'
import { gradientRules } from './gradient-rules.ts'

/**
 * Reverse-mode differentiation by extending the graph.
 * seeds: output value → its incoming gradient (the scalar 1 for a loss). Returns d(Σ seeds·outputs)/d(wrt), in order.
 */
export function gradients(seeds: ReadonlyMap<Value, Value>, wrt: readonly Value[]): Value[] {
  const graph = wrt[0]!.graph
  const needed = dependents(graph.nodes.length, wrt)
  const incoming = new Map<Value, Value>(seeds)
  // Node ids grow along every edge, so one sweep downwards is a reverse topological order. Rules append nodes
  // while we sweep: the length is fixed first.
  for (let id = graph.nodes.length - 1; id >= 0; id--) {
    const node = graph.nodes[id]!
    const gs = node.outputs.map((output) => incoming.get(output))
    const g = gs.find((one) => one !== undefined)
    if (!g || !needed.has(id) || node.inputs.length === 0) continue
    const rule = gradientRules[node.op.kind as keyof typeof gradientRules] as
      | ((...args: [Value, readonly Value[], Op, Value, typeof gs]) => (Value | null)[])
      | undefined
    if (!rule)
      throw new Error(`no gradient through ${node.op.kind}: it stands between a loss and a parameter`)
    rule(g, node.inputs, node.op, node.outputs[0]!, gs).forEach((gradient, i) => {
      const input = node.inputs[i]!
      if (!gradient || !needed.has(input.node.id)) return
      const sum = incoming.get(input)
      incoming.set(input, sum ? t.add(sum, gradient) : gradient)
    })
  }
  return wrt.map((value) => {
    const gradient = incoming.get(value)
    if (!gradient) throw new Error('no gradient reaches a requested value: the loss does not depend on it')
    return gradient
  })

  /** Ids of nodes that lie on a path from a requested value. */
  function dependents(count: number, roots: readonly Value[]): Set<number> {
    const reached = new Set(roots.map((v) => v.node.id))
    for (let id = 0; id < count; id++) {
      const { op, inputs } = graph.nodes[id]!
      // What a fence waits for is no part of its value.
      const read = op.kind === 'Fence' ? inputs.slice(0, 1) : inputs
      if (read.some((v) => reached.has(v.node.id))) reached.add(id)
    }
    return reached
  }
}
