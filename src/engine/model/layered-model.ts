import type { Precision } from '../../contract/settings.ts'
import type { CompileProgram, Feeds } from '../onnx/compiled-program.ts'
import { DeviceTensor } from '../onnx/device-tensor.ts'
import { Program } from '../onnx/program.ts'
import { ProgramCache } from '../onnx/program-cache.ts'
import * as t from '../tensor/build.ts'
import { Graph } from '../tensor/graph.ts'
import { type Adapter, adapterPrefix } from './adapter/adapter.ts'
import type { DropoutKey } from './adapter/dropout-mask.ts'
import type { QuantizedMatrix } from './adapter/quantized-matrix.ts'
import { type LayerForm, layerGraph } from './layer-graph.ts'
import type { ModelConfig } from './model-config.ts'
import type { PrefixCache, PrefixOfLayer } from './prefix-cache.ts'
import { ResidentWeights } from './resident-weights.ts'
import type { Weight } from './safetensors.ts'
import type { SavedActivations } from './saved-activations.ts'
import { batchFeeds, shapeKey, type TokenBatch, wholeSequences } from './token-batch.ts'
import { type DropoutRows, WeightFeeds } from './weight-feeds.ts'
import { embeddingName, layerPrefix, modelWeights } from './weight-names.ts'

/** A model's weights by Hugging Face name; training updates the arrays in place. */
export type Parameters = ReadonlyMap<string, Float32Array>

export interface LayeredOptions {
  /** Trained in the weights' stead, which are then frozen. */
  adapter?: Adapter | null
  /** Matrices of layers that are held quantized, by full name; `parameters` lacks them. */
  quantized?: ReadonlyMap<string, QuantizedMatrix>
  /** What executes the programs; default: ONNX Runtime. */
  compile?: CompileProgram
  /** Weights and hidden states stay in the device's memory: each weight is sent once, not with every program. */
  resident?: boolean
  /** The type of the layers' products; default: f32. */
  precision?: Precision
}

/** A hidden state [T, D]: an array, or a tensor on the device, of which whoever gets it disposes. */
export type Hidden = Float32Array | DeviceTensor

export function disposeOf(...values: readonly (Hidden | undefined)[]): void {
  for (const value of values) if (value instanceof DeviceTensor) value.dispose()
}

/**
 * A model run layer by layer: one program serves all layers of a kind because their weights are inputs. That keeps sessions
 * small (a few dozen nodes, whatever the depth), and lets the backward pass recompute a layer from its input, so
 * only one hidden state per layer is kept (gradient checkpointing for free), and what saved-activations.ts has room for.
 */
export class LayeredModel {
  readonly config: ModelConfig
  readonly parameters: Parameters
  readonly programs: ProgramCache
  readonly adapter: Adapter | null
  /** What training changes, by name: the parameters, or the adapter's tensors alone. */
  readonly trainable: Parameters
  /** null: every program is sent the arrays. */
  readonly resident: ResidentWeights | null
  readonly precision: Precision
  private readonly quantized: ReadonlyMap<string, QuantizedMatrix>
  private readonly feeds: WeightFeeds

  constructor(config: ModelConfig, parameters: Parameters, threads: number, options: LayeredOptions = {}) {
    const { adapter = null, quantized = new Map(), compile, resident = false, precision = 'f32' } = options
    this.config = config
    this.parameters = parameters
    this.adapter = adapter
    this.precision = precision
    this.quantized = quantized
    this.trainable = adapter
      ? new Map([...adapter.tensors].map(([name, { data }]) => [name, data]))
      : parameters
    this.programs = new ProgramCache({ threads }, undefined, compile)
    this.resident = resident ? new ResidentWeights(compile ?? Program.compile) : null
    this.feeds = new WeightFeeds({ config, parameters, adapter, quantized, resident: this.resident })
  }

  weight(name: string): Float32Array {
    return this.parameters.get(name)!
  }

  /** A weight that is no layer's, as a program is fed it. */
  fedWeight(name: string): Promise<Hidden> {
    return this.feeds.weight(name)
  }

  /** What training changes, with shapes: the content of a checkpoint. */
  trainableWeights(): Map<string, Weight> {
    if (this.adapter) return new Map(this.adapter.tensors)
    return new Map(
      modelWeights(this.config).map(({ name, shape }) => [name, { shape, data: this.weight(name) }]),
    )
  }

  /** What `layerGraph` has to build for this model. */
  layerForm(dropout: DropoutKey | null): LayerForm {
    const [matrix] = this.quantized.values()
    return {
      adapter: this.adapter,
      dropout: this.adapter !== null && dropout !== null,
      packed: this.resident && { baseBits: matrix?.bits ?? null },
      precision: this.precision,
    }
  }

  /** Before a layer's own names of what is trained (see layerGraph). */
  trainablePrefix(layer: number): string {
    return this.adapter ? adapterPrefix(layer) : layerPrefix(layer)
  }

  /** See WeightFeeds. */
  layerFeeds(layer: number, dropout: DropoutRows | null = null): Record<string, Float32Array | Uint8Array> {
    return this.feeds.arrays(layer, dropout)
  }

  /** See WeightFeeds. */
  fedLayer(layer: number, dropout: DropoutRows | null = null): Promise<Feeds> {
    return this.feeds.layer(layer, dropout)
  }

  /** Token embeddings [T, D]; on the device, where the table lies there. */
  private async embed({ tokenIds }: TokenBatch): Promise<Hidden> {
    if (!this.resident) return this.embeddedRows(tokenIds)
    const { vocab, hidden, embeddingScale } = this.config
    const build = (): Graph => {
      const graph = new Graph()
      const table = graph.input('table', 'f32', [vocab, hidden])
      const rows = t.gatherRows(table, graph.input('ids', 'i32', [tokenIds.length]))
      graph.output('x', embeddingScale === 1 ? rows : t.scale(rows, embeddingScale))
      return graph
    }
    const program = await this.programs.get(`embed ${tokenIds.length}`, build, () => true)
    const { device } = await program.runOnDevice({
      table: await this.fedWeight(embeddingName),
      ids: tokenIds,
    })
    return device['x']!
  }

  /** A row copy on the host: cheaper than handing the whole table to a session. */
  private embeddedRows(tokenIds: Int32Array): Float32Array {
    const { hidden: d, embeddingScale } = this.config
    const table = this.weight(embeddingName)
    const x = new Float32Array(tokenIds.length * d)
    tokenIds.forEach((id, row) => x.set(table.subarray(id * d, id * d + d), row * d))
    if (embeddingScale !== 1) for (let i = 0; i < x.length; i++) x[i]! *= embeddingScale
    return x
  }

  /**
   * The input of every layer, then the last layer's output: layers + 1 arrays [T, D]. `dropout` names the random numbers of
   * an adapter's dropout; null = none. `saved` takes what the backward pass need not recompute.
   */
  async hiddenStates(
    batch: TokenBatch,
    dropout: DropoutKey | null = null,
    saved: SavedActivations | null = null,
  ): Promise<Hidden[]> {
    const states = [await this.embed(batch)]
    try {
      for (let layer = 0; layer < this.config.layers; layer++)
        states.push(await this.layerForward(batch, states[layer]!, layer, { dropout, saved }))
    } catch (error) {
      disposeOf(...states)
      throw error
    }
    return states
  }

  /** The last layer's output alone: scoring keeps nothing else. `prefix`: what the batch's sequences continue. */
  async lastHidden(batch: TokenBatch, prefix: PrefixCache | null = null): Promise<Hidden> {
    return this.throughLayers(batch, (layer) => ({ prefix: prefix?.layers[layer] ?? null }))
  }

  /** The same as an array of the caller's own. */
  async lastHiddenState(batch: TokenBatch, prefix: PrefixCache | null = null): Promise<Float32Array> {
    const x = await this.lastHidden(batch, prefix)
    if (!(x instanceof DeviceTensor)) return x
    const fetched = (await this.resident!.memory.download(x)) as Float32Array
    x.dispose()
    return fetched
  }

  /** Reads tokens that many sequences begin with. */
  async readPrefix(tokenIds: readonly number[]): Promise<PrefixCache> {
    const batch = wholeSequences(1, tokenIds.length, Int32Array.from(tokenIds))
    const layers: PrefixOfLayer[] = []
    disposeOf(await this.throughLayers(batch, () => ({ onPrefix: (of) => layers.push(of) })))
    return { tokenIds, layers }
  }

  private async throughLayers(
    batch: TokenBatch,
    options: (layer: number) => ForwardOptions,
  ): Promise<Hidden> {
    let x = await this.embed(batch)
    for (let layer = 0; layer < this.config.layers; layer++) {
      const below = x
      try {
        x = await this.layerForward(batch, below, layer, options(layer))
      } finally {
        disposeOf(below)
      }
    }
    return x
  }

  private async layerForward(
    batch: TokenBatch,
    x: Hidden,
    layer: number,
    { dropout = null, saved = null, prefix = null, onPrefix }: ForwardOptions,
  ): Promise<Hidden> {
    const kind = this.config.kindOfLayer[layer]!
    const form = this.layerForm(dropout)
    const isSaved = saved?.wants(layer) ?? false
    const isPrefix = onPrefix !== undefined
    const key = `forward ${kind} ${shapeKey(batch)} ${form.dropout} ${isSaved} ${isPrefix}`
    const build = (): Graph => {
      const built = layerGraph(this.config, kind, batch, 'f32', form)
      built.graph.output('y', built.y)
      if (isSaved) for (const [name, value] of built.saved) built.graph.output(name, value)
      if (isPrefix) for (const [name, value] of built.prefix) built.graph.output(name, value)
      return built.graph
    }
    // A prefix comes back: it is small, and nobody else would know when to let it go.
    const program = await this.programs.get(
      key,
      build,
      (name) => this.resident !== null && !isPrefixName(name),
    )
    const feeds = await this.fedLayer(layer, dropout && { key: dropout, rows: batch.tokenRows })
    const results = await program.runOnDevice({ x, ...batchFeeds(batch), ...feeds, ...prefix })
    const host = results.host as Record<string, Float32Array>
    const { y, ...others } = { ...host, ...results.device }
    if (isSaved) saved!.put(layer, others)
    onPrefix?.({ prefixKeys: host['keys']!, prefixValues: host['values']! })
    return y!
  }

  /** Frees programs, and of the weights on the device what can be sent again. */
  async release(): Promise<void> {
    await this.programs.release()
    await this.resident?.release()
  }
}

const isPrefixName = (name: string): boolean => name === 'keys' || name === 'values'

interface ForwardOptions {
  dropout?: DropoutKey | null
  saved?: SavedActivations | null
  /** What the batch's sequences continue. */
  prefix?: PrefixOfLayer | null
  /** Takes the keys and values of a batch that is a prefix itself. */
  onPrefix?: (prefix: PrefixOfLayer) => void
}
