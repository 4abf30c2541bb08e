import type { Graph, Value } from '../../tensor/graph.ts'
import { biasOf, type LayerWeights, plainWeights } from '../decoder-layer.ts'
import type { ModelConfig } from '../model-config.ts'
import { layerLinears, layerWeights } from '../weight-names.ts'
import { adaptedWeights } from './adapted-weights.ts'
import { adaptedLinears, type AdapterShape, lowRankNames } from './adapter.ts'
import { unpackedMask } from './packed-mask.ts'
import { unpackedMatrix } from './packed-matrix.ts'

/** Name of the input that says which inputs of a module's A dropout keeps. */
export const keptName = (module: string): string => `${module} kept`

/** What a device is sent packed: dropout's masks, and the matrices of a quantized base, of so many bits (null: float32). */
export interface PackedForm {
  baseBits: 8 | 4 | null
}

export interface LayerInputs {
  weights: LayerWeights
  /** What gradients are taken of, by name within the layer: all weights, or A and B of the adapted matrices alone. */
  trainable: Map<string, Value>
}

/**
 * A layer's weights as inputs of a program; those of an adapter beside them, and with `dropout` its masks over T rows.
 * `packed`: what a device is sent in packed form is unpacked here.
 */
export function layerInputs(
  graph: Graph,
  config: ModelConfig,
  dtype: 'f32' | 'f64',
  adapter: AdapterShape | null,
  dropout: { rows: number } | null,
  packed: PackedForm | null = null,
): LayerInputs {
  const matrices = new Set(packed?.baseBits ? layerLinears(config).map(({ name }) => `${name}.weight`) : [])
  const values = new Map(
    layerWeights(config).map(({ name, shape }) => [
      name,
      matrices.has(name)
        ? unpackedMatrix(graph, name, packed!.baseBits!, shape as [number, number])
        : graph.input(name, dtype, shape),
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
    if (!dropout) continue
    const shape = [dropout.rows, input]
    kept.set(
      name,
      packed ? unpackedMask(graph, keptName(name), shape) : graph.input(keptName(name), 'bool', shape),
    )
  }
  const weights = adaptedWeights(frozen, (module) => {
    const { a, b } = lowRankNames(module)
    const [matrixA, matrixB, mask] = [trainable.get(a), trainable.get(b), kept.get(module)]
    if (!matrixA || !matrixB) return null
    return {
      a: matrixA,
      b: matrixB,
      scale: adapter.scale,
      ...(mask && { dropout: { kept: mask, factor: graph.scalar(1 / (1 - adapter.dropout), dtype) } }),
    }
  })
  return { weights, trainable }
}
