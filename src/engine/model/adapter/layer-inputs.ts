import type { Graph, Value } from '../../tensor/graph.ts'
import { biasOf, type LayerWeights, plainWeights } from '../decoder-layer.ts'
import type { ModelConfig } from '../model-config.ts'
import { layerLinears, layerWeights } from '../weight-names.ts'
import { adaptedWeights } from './adapted-weights.ts'
import { adaptedLinears, type AdapterShape, lowRankNames } from './adapter.ts'
import { unpackedInput } from './packed-matrix.ts'

/** Name of the input that says which inputs of a module's A dropout keeps. */
export const keptName = (module: string): string => `${module} kept`

export interface LayerInputs {
  weights: LayerWeights
  /** What gradients are taken of, by name within the layer: all weights, or A and B of the adapted matrices alone. */
  trainable: Map<string, Value>
}

/**
 * A layer's weights as inputs of a program; those of an adapter beside them, and with `dropout` its masks over T rows.
 * `packed`: the matrices come as codes of so many bits (see packed-matrix.ts).
 */
export function layerInputs(
  graph: Graph,
  config: ModelConfig,
  dtype: 'f32' | 'f64',
  adapter: AdapterShape | null,
  dropout: { rows: number } | null,
  packed: 8 | 4 | null = null,
): LayerInputs {
  const matrices = new Set(packed ? layerLinears(config).map(({ name }) => `${name}.weight`) : [])
  const values = new Map(
    layerWeights(config).map(({ name, shape }) => [
      name,
      matrices.has(name) ? unpackedInput(graph, name, packed!, shape) : graph.input(name, dtype, shape),
    ]),
  )
  const frozen = plainWeights((name) => values.get(name)!, biasOf(config))
  if (!adapter) return { weights: frozen, trainable: values }
  const trainable = new Map<string, Value>()
  const kept = new Map<string, Value>()
  for (const { name, out, input } of adaptedLinears(config, adapter)) {
    const { a, b } = lowRankNames(name)
    trainable.set(a, graph.input(a, dtype, [adapter.rank, input]))
    trainable.set(b, graph.input(b, dtype, [out, adapter.rank]))
    if (dropout) kept.set(name, graph.input(keptName(name), 'bool', [dropout.rows, input]))
  }
  const weights = adaptedWeights(frozen, (module) => {
    const { a, b } = lowRankNames(module)
    const [matrixA, matrixB, mask] = [trainable.get(a), trainable.get(b), kept.get(module)]
    if (!matrixA || !matrixB) return null
    return {
      a: matrixA,
      b: matrixB,
      scale: adapter.scale,
      ...(mask && { dropout: { kept: mask, rate: adapter.dropout } }),
    }
  })
  return { weights, trainable }
}
