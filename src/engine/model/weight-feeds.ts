import type { Feeds } from '../onnx/compiled-program.ts'
import type { DeviceTensor } from '../onnx/device-tensor.ts'
import { adaptedLinears, type Adapter, adapterPrefix, lowRankNames } from './adapter/adapter.ts'
import { type DropoutKey, dropoutMask } from './adapter/dropout-mask.ts'
import { keptName } from './adapter/layer-inputs.ts'
import { packMask } from './adapter/packed-mask.ts'
import { packedNames, packedShapes, packMatrix } from './adapter/packed-matrix.ts'
import { dequantize, type QuantizedMatrix } from './adapter/quantized-matrix.ts'
import type { ModelConfig } from './model-config.ts'
import type { ResidentWeights } from './resident-weights.ts'
import { layerPrefix, layerWeights, modelWeights } from './weight-names.ts'

/** A dropout's random numbers, and the rows of the batch that they are for. */
export interface DropoutRows {
  key: DropoutKey
  rows: number // T
}

interface HeldWeights {
  config: ModelConfig
  parameters: ReadonlyMap<string, Float32Array>
  adapter: Adapter | null
  quantized: ReadonlyMap<string, QuantizedMatrix>
  /** null: programs are sent the arrays. */
  resident: ResidentWeights | null
}

/** A model's weights as programs are fed them: arrays of the host, or what lies on the device. */
export class WeightFeeds {
  private readonly config: ModelConfig
  private readonly parameters: ReadonlyMap<string, Float32Array>
  private readonly adapter: Adapter | null
  private readonly quantized: ReadonlyMap<string, QuantizedMatrix>
  private readonly resident: ResidentWeights | null
  private readonly shapes: ReadonlyMap<string, readonly number[]>
  /** One layer's dequantized matrices, by name within it: the next layer's take their place. */
  private readonly scratch = new Map<string, Float32Array>()

  constructor({ config, parameters, adapter, quantized, resident }: HeldWeights) {
    this.config = config
    this.parameters = parameters
    this.adapter = adapter
    this.quantized = quantized
    this.resident = resident
    this.shapes = new Map(modelWeights(config).map(({ name, shape }) => [name, shape]))
  }

  /** A weight by its full name. */
  async weight(name: string): Promise<Float32Array | DeviceTensor> {
    const data = this.array(name)
    if (!this.resident) return data
    return this.resident.get(name, () => ({ data, dtype: 'f32', shape: this.shapes.get(name)! }))
  }

  /**
   * The feeds of one layer's weights, by the names that `layerGraph` gives them; with `dropout` those of its masks over
   * T rows too. Dequantized matrices are valid until the next layer's feeds are asked for.
   */
  arrays(layer: number, dropout: DropoutRows | null): Record<string, Float32Array | Uint8Array> {
    const feeds: Record<string, Float32Array | Uint8Array> = {}
    for (const { name } of layerWeights(this.config)) feeds[name] = this.layerArray(layer, name)
    if (!this.adapter) return feeds
    for (const module of this.adapter.modules) {
      for (const name of Object.values(lowRankNames(module)))
        feeds[name] = this.adapter.tensors.get(adapterPrefix(layer) + name)!.data
    }
    return { ...feeds, ...this.masks(layer, dropout) }
  }

  /** The same as programs are fed it: what is resident is on the device, quantized matrices as their codes. */
  async layer(layer: number, dropout: DropoutRows | null): Promise<Feeds> {
    const { resident } = this
    if (!resident) return this.arrays(layer, dropout)
    const feeds: Record<string, Feeds[string]> = {}
    for (const [name, mask] of Object.entries(this.masks(layer, dropout))) feeds[name] = packMask(mask)
    for (const { name } of layerWeights(this.config)) {
      const full = layerPrefix(layer) + name
      const matrix = this.quantized.get(full)
      if (!matrix) {
        feeds[name] = await this.weight(full)
        continue
      }
      const [names, sizes] = [packedNames(name), packedShapes(matrix)]
      for (const part of ['codes', 'scales'] as const)
        feeds[names[part]] = await resident.get(layerPrefix(layer) + names[part], () => ({
          data: part === 'codes' ? packMatrix(matrix) : matrix.scales,
          dtype: part === 'codes' ? 'i32' : 'f32',
          shape: sizes[part],
        }))
    }
    for (const module of this.adapter?.modules ?? []) {
      for (const name of Object.values(lowRankNames(module))) {
        const full = adapterPrefix(layer) + name
        const { data, shape } = this.adapter!.tensors.get(full)!
        feeds[name] = await resident.get(full, () => ({ data, dtype: 'f32', shape }))
      }
    }
    return feeds
  }

  private masks(layer: number, dropout: DropoutRows | null): Record<string, Uint8Array> {
    const feeds: Record<string, Uint8Array> = {}
    if (!this.adapter || !dropout) return feeds
    for (const { name, input } of adaptedLinears(this.config, this.adapter))
      feeds[keptName(name)] = dropoutMask(
        dropout.key,
        layer,
        name,
        dropout.rows * input,
        this.adapter.dropout,
      )
    return feeds
  }

  private layerArray(layer: number, name: string): Float32Array {
    const matrix = this.quantized.get(layerPrefix(layer) + name)
    if (!matrix) return this.array(layerPrefix(layer) + name)
    let target = this.scratch.get(name)
    if (!target) this.scratch.set(name, (target = new Float32Array(matrix.out * matrix.input)))
    return dequantize(matrix, target)
  }

  private array(name: string): Float32Array {
    return this.parameters.get(name)!
  }
}
