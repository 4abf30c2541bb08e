import type { ModelFolder } from '../model-folder.ts'
import type { LazyWeights } from '../safetensors.ts'
import { expectedWeights, layerLinears, layerPrefix } from '../weight-names.ts'
import { type Adapter, adapterPrefix, lowRankNames } from './adapter.ts'
import { dequantize, quantize } from './quantized-matrix.ts'

/**
 * All weights of the model that a folder stands for, one at a time: those of its files, and with an adapter
 * W + scale·B·A. W is what the adapter was trained on: for a quantized base the numbers that its codes stand for, so that
 * the merged model is the one that was evaluated.
 */
export function mergedWeights({
  config,
  weights,
  adapter,
}: Pick<ModelFolder, 'config' | 'weights' | 'adapter'>): LazyWeights {
  const tensors = new Map([...expectedWeights(config)].map(([name, shape]) => [name, { shape }]))
  if (!adapter) return { tensors, read: (name) => weights.read(name) }
  const moduleOf = new Map<string, { layer: number; module: string }>()
  for (let layer = 0; layer < config.layers; layer++) {
    for (const { name: module } of layerLinears(config))
      moduleOf.set(`${layerPrefix(layer)}${module}.weight`, { layer, module })
  }
  return {
    tensors,
    read(name) {
      const data = weights.read(name)
      const at = moduleOf.get(name)
      if (!at) return data
      const { shape } = tensors.get(name)!
      const size: [number, number] = [shape[0]!, shape[1]!]
      if (adapter.baseWeights !== 'f32') dequantize(quantize(data, size, adapter.baseWeights), data)
      if (adapter.modules.includes(at.module)) addProduct(data, size, adapter, at.layer, at.module)
      return data
    },
  }
}

/** W += scale·B·A, each number summed in float64. */
function addProduct(
  data: Float32Array,
  [out, input]: readonly [number, number],
  { tensors, rank, scale }: Adapter,
  layer: number,
  module: string,
): void {
  const names = lowRankNames(module)
  const a = tensors.get(adapterPrefix(layer) + names.a)!.data // [r, in]
  const b = tensors.get(adapterPrefix(layer) + names.b)!.data // [out, r]
  const row = new Float64Array(input)
  for (let o = 0; o < out; o++) {
    row.fill(0)
    for (let k = 0; k < rank; k++) addScaled(row, a, k * input, b[o * rank + k]!)
    for (let i = 0; i < input; i++) data[o * input + i] = data[o * input + i]! + scale * row[i]!
  }
}

function addScaled(sum: Float64Array, values: Float32Array, start: number, factor: number): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += factor * values[start + i]!
}
