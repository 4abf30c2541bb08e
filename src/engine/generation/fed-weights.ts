import { type Adapter, adapterPrefix, type AdapterShape, lowRankNames } from '../model/adapter/adapter.ts'
import { adaptedWeights } from '../model/adapter/adapted-weights.ts'
import { dequantize, quantize } from '../model/adapter/quantized-matrix.ts'
import { biasOf, type LayerWeights, plainWeights } from '../model/decoder-layer.ts'
import type { ModelConfig } from '../model/model-config.ts'
import type { LazyWeights, Weight } from '../model/safetensors.ts'
import { layerLinears, layerPrefix } from '../model/weight-names.ts'
import type { Graph, Value } from '../tensor/graph.ts'

/**
 * What of a model is not in its files of weights, fed to the decode program with every call: an adapter's A and B, never
 * merged, so that the numbers are those that were trained; and where the adapter was trained on quantized matrices, the
 * numbers that their codes stand for, in float32.
 */
export interface FedWeights {
  adapter: AdapterShape | null
  tensors: ReadonlyMap<string, Weight>
}

export const nothingFed: FedWeights = { adapter: null, tensors: new Map() }

export function fedWeights(
  config: ModelConfig,
  weights: LazyWeights,
  adapter: Adapter | null,
  baseWeights = adapter?.baseWeights ?? 'f32',
): FedWeights {
  const tensors = new Map<string, Weight>(adapter?.tensors)
  if (baseWeights === 'f32') return { adapter, tensors }
  for (let layer = 0; layer < config.layers; layer++) {
    for (const { name: module, out, input } of layerLinears(config)) {
      const name = `${layerPrefix(layer)}${module}.weight`
      const data = Float32Array.from(weights.read(name))
      tensors.set(name, {
        shape: [out, input],
        data: dequantize(quantize(data, [out, input], baseWeights), data),
      })
    }
  }
  return { adapter, tensors }
}

export const feedsOf = ({ tensors }: FedWeights): Record<string, Float32Array> =>
  Object.fromEntries([...tensors].map(([name, { data }]) => [name, data]))

/** The weights of a model's layers as values of `graph`: those of the files by `stored`, the fed ones as inputs. */
export function fedLayers(
  graph: Graph,
  config: ModelConfig,
  { adapter, tensors }: FedWeights,
  stored: (name: string) => Value,
): (layer: number) => LayerWeights {
  const inputs = new Map([...tensors].map(([name, { shape }]) => [name, graph.input(name, 'f32', shape)]))
  return (layer) => {
    const plain = plainWeights((name) => {
      const full = layerPrefix(layer) + name
      return inputs.get(full) ?? stored(full)
    }, biasOf(config))
    if (!adapter) return plain
    return adaptedWeights(plain, (module) => {
      const names = lowRankNames(module)
      const a = inputs.get(adapterPrefix(layer) + names.a)
      const b = inputs.get(adapterPrefix(layer) + names.b)
      return a && b ? { a, b, scale: adapter.scale } : null
    })
  }
}
