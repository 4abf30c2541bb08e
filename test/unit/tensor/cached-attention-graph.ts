import { Graph } from '../../../src/engine/tensor/graph.ts'

export interface CachedAttentionSizes {
  batch: number
  heads: number
  kvHeads: number
  headDim: number
  capacity: number
  /** Of each head, numbers that are turned by their position. */
  turned: number
}

/** Attention of `tokens` new tokens a row over a cache, with inputs and outputs by their names. */
export function cachedAttentionGraph(
  { batch, heads, kvHeads, headDim, capacity, turned }: CachedAttentionSizes,
  tokens: number,
  form: { window: number | null; softcap: number } = { window: null, softcap: 0 },
): Graph {
  const graph = new Graph()
  const cache = [batch, kvHeads, capacity, headDim]
  const inputs = [
    graph.input('q', 'f32', [batch, tokens, heads * headDim]),
    graph.input('k', 'f32', [batch, tokens, kvHeads * headDim]),
    graph.input('v', 'f32', [batch, tokens, kvHeads * headDim]),
    graph.input('pastK', 'f32', cache),
    graph.input('pastV', 'f32', cache),
    graph.input('last', 'i32', [batch]),
    graph.input('total', 'i32', [1]),
    graph.input('cos', 'f32', [capacity, turned / 2]),
    graph.input('sin', 'f32', [capacity, turned / 2]),
  ]
  const results = graph.applyAll({ kind: 'CachedAttention', heads, kvHeads, scale: 0.3, ...form }, inputs)
  for (const [i, name] of ['o', 'presentK', 'presentV'].entries()) graph.output(name, results[i]!)
  return graph
}
