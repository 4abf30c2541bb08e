import type { AdapterSettings } from '../../../contract/settings.ts'
import type { ModelConfig } from '../model-config.ts'
import type { WeightSource } from '../safetensors.ts'
import { layerLinears, layerPrefix, modelWeights } from '../weight-names.ts'
import { type QuantizedMatrix, quantize } from './quantized-matrix.ts'

export interface HeldWeights {
  parameters: Map<string, Float32Array>
  quantized: Map<string, QuantizedMatrix>
}

/**
 * A model's weights in memory, read tensor by tensor: with `int8` or `int4` the matrices of the layers are quantized as
 * they come, so that float32 of more than one of them never exists; embeddings, head, norms and biases stay float32.
 */
export function holdWeights(
  { config, weights }: { config: ModelConfig; weights: Pick<WeightSource, 'read'> },
  form: AdapterSettings['baseWeights'],
): HeldWeights {
  const matrices = new Map(
    Array.from({ length: config.layers }, (_, layer) =>
      layerLinears(config).map(({ name, out, input }): [string, [number, number]] => [
        `${layerPrefix(layer)}${name}.weight`,
        [out, input],
      ]),
    ).flat(),
  )
  const held: HeldWeights = { parameters: new Map(), quantized: new Map() }
  for (const { name } of modelWeights(config)) {
    const size = matrices.get(name)
    if (form === 'f32' || !size) held.parameters.set(name, weights.read(name))
    else held.quantized.set(name, quantize(weights.read(name), size, form))
  }
  return held
}
