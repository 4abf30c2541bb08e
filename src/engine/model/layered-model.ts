import type { CompileProgram } from '../onnx/compiled-program.ts'
import { ProgramCache } from '../onnx/program-cache.ts'
import { Graph, type Value } from '../tensor/graph.ts'
import {
  adaptedLinears,
  type Adapter,
  adapterPrefix,
  type AdapterShape,
  lowRankNames,
} from './adapter/adapter.ts'
import { type DropoutKey, dropoutMask } from './adapter/dropout-mask.ts'
import { keptName, layerInputs } from './adapter/layer-inputs.ts'
import { dequantize, type QuantizedMatrix } from './adapter/quantized-matrix.ts'
import { causalAttention } from './causal-attention.ts'
import { decoderLayer } from './decoder-layer.ts'
import type { ModelConfig } from './model-config.ts'
import { asPrefix, type PrefixCache, type PrefixOfLayer } from './prefix-cache.ts'
import type { Weight } from './safetensors.ts'
import { recording, type SavedActivations } from './saved-activations.ts'
import {
  batchFeeds,
  batchInputs,
  type BatchShape,
  shapeKey,
  type TokenBatch,
  wholeSequences,
} from './token-batch.ts'
import { embeddingName, layerPrefix, layerWeights, modelWeights } from './weight-names.ts'

/** A model's weights by Hugging Face name; training updates the arrays in place. */
export type Parameters = ReadonlyMap<string, Float32Array>

export interface LayeredOptions {
  /** Trained in the weights' stead, which are then frozen. */
  adapter?: Adapter | null
  /** Matrices of layers that are held quantized, by full name; `parameters` lacks them. */
  quantized?: ReadonlyMap<string, QuantizedMatrix>
  /** What executes the programs; default: ONNX Runtime. */
  compile?: CompileProgram
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
  private readonly quantized: ReadonlyMap<string, QuantizedMatrix>
  /** One layer's dequantized matrices, by name within it: the next layer's take their place. */
  private readonly scratch = new Map<string, Float32Array>()

  constructor(config: ModelConfig, parameters: Parameters, threads: number, options: LayeredOptions = {}) {
    const { adapter = null, quantized = new Map(), compile } = options
    this.config = config
    this.parameters = parameters
    this.adapter = adapter
    this.quantized = quantized
    this.trainable = adapter
      ? new Map([...adapter.tensors].map(([name, { data }]) => [name, data]))
      : parameters
    this.programs = new ProgramCache({ threads }, undefined, compile)
  }

  weight(name: string): Float32Array {
    return this.parameters.get(name)!
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
    return { adapter: this.adapter, dropout: this.adapter !== null && dropout !== null }
  }

  /** Before a layer's own names of what is trained (see layerGraph). */
  trainablePrefix(layer: number): string {
    return this.adapter ? adapterPrefix(layer) : layerPrefix(layer)
  }

  /**
   * The feeds of one layer's weights, by the names that `layerGraph` gives them; with `dropout` those of its masks over
   * T rows too. Dequantized matrices are valid until the next layer's feeds are asked for.
   */
  layerFeeds(
    layer: number,
    dropout: { key: DropoutKey; rows: number } | null = null,
  ): Record<string, Float32Array | Uint8Array> {
    const feeds: Record<string, Float32Array | Uint8Array> = {}
    for (const { name } of layerWeights(this.config)) feeds[name] = this.layerWeight(layer, name)
    if (!this.adapter) return feeds
    for (const module of this.adapter.modules) {
      for (const name of Object.values(lowRankNames(module)))
        feeds[name] = this.adapter.tensors.get(adapterPrefix(layer) + name)!.data
    }
    if (!dropout) return feeds
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

  private layerWeight(layer: number, name: string): Float32Array {
    const matrix = this.quantized.get(layerPrefix(layer) + name)
    if (!matrix) return this.weight(layerPrefix(layer) + name)
    let target = this.scratch.get(name)
    if (!target) this.scratch.set(name, (target = new Float32Array(matrix.out * matrix.input)))
    return dequantize(matrix, target)
  }

  /** Token embeddings [T, D]. A row copy on the host: cheaper than handing the whole table to a session. */
  embed({ tokenIds }: TokenBatch): Float32Array {
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
  ): Promise<Float32Array[]> {
    const states = [this.embed(batch)]
    for (let layer = 0; layer < this.config.layers; layer++)
      states.push(await this.layerForward(batch, states[layer]!, layer, { dropout, saved }))
    return states
  }

  /** The last layer's output alone: scoring keeps nothing else. `prefix`: what the batch's sequences continue. */
  async lastHiddenState(batch: TokenBatch, prefix: PrefixCache | null = null): Promise<Float32Array> {
    let x = this.embed(batch)
    for (let layer = 0; layer < this.config.layers; layer++)
      x = await this.layerForward(batch, x, layer, { prefix: prefix?.layers[layer] ?? null })
    return x
  }

  /** Reads tokens that many sequences begin with. */
  async readPrefix(tokenIds: readonly number[]): Promise<PrefixCache> {
    const batch = wholeSequences(1, tokenIds.length, Int32Array.from(tokenIds))
    const layers: PrefixOfLayer[] = []
    let x = this.embed(batch)
    for (let layer = 0; layer < this.config.layers; layer++)
      x = await this.layerForward(batch, x, layer, { onPrefix: (of) => layers.push(of) })
    return { tokenIds, layers }
  }

  private async layerForward(
    batch: TokenBatch,
    x: Float32Array,
    layer: number,
    { dropout = null, saved = null, prefix = null, onPrefix }: ForwardOptions,
  ): Promise<Float32Array> {
    const kind = this.config.kindOfLayer[layer]!
    const form = this.layerForm(dropout)
    const isSaved = saved?.wants(layer) ?? false
    const isPrefix = onPrefix !== undefined
    const key = `forward ${kind} ${shapeKey(batch)} ${form.dropout} ${isSaved} ${isPrefix}`
    const program = await this.programs.get(key, () => {
      const built = layerGraph(this.config, kind, batch, 'f32', form)
      built.graph.output('y', built.y)
      if (isSaved) for (const [name, value] of built.saved) built.graph.output(name, value)
      if (isPrefix) for (const [name, value] of built.prefix) built.graph.output(name, value)
      return built.graph
    })
    const feeds = this.layerFeeds(layer, dropout && { key: dropout, rows: batch.tokenRows })
    const results = await program.run({ x, ...batchFeeds(batch), ...feeds, ...prefix })
    const { y, ...others } = results as Record<string, Float32Array>
    if (isSaved) saved!.put(layer, others)
    onPrefix?.({ prefixKeys: others['keys']!, prefixValues: others['values']! })
    return y!
  }

  release(): Promise<void> {
    return this.programs.release()
  }
}

interface ForwardOptions {
  dropout?: DropoutKey | null
  saved?: SavedActivations | null
  /** What the batch's sequences continue. */
  prefix?: PrefixOfLayer | null
  /** Takes the keys and values of a batch that is a prefix itself. */
  onPrefix?: (prefix: PrefixOfLayer) => void
}

/** What a layer's program has beside the weights: an adapter's matrices, and the masks of its dropout. */
export interface LayerForm {
  adapter: AdapterShape | null
  dropout: boolean
}

/**
 * One layer of a kind as a program: inputs x [T, D], the batch's integers and the layer's weights; y is its output.
 * `trainable` is what gradients are taken of, by name within the layer; `saved`: see saved-activations.ts; `prefix`: keys
 * and values, for a batch of one sequence (see prefix-cache.ts).
 */
export function layerGraph(
  config: ModelConfig,
  kind: number,
  shape: BatchShape,
  dtype: 'f32' | 'f64',
  { adapter, dropout }: LayerForm = { adapter: null, dropout: false },
): {
  graph: Graph
  x: Value
  y: Value
  trainable: Map<string, Value>
  saved: Map<string, Value>
  prefix: Map<string, Value>
} {
  const graph = new Graph()
  const x = graph.input('x', dtype, [shape.tokenRows, config.hidden])
  const masks = dropout ? { rows: shape.tokenRows } : null
  const inputs = layerInputs(graph, config, dtype, adapter, masks)
  const prefix = new Map<string, Value>()
  const onKeysAndValues = (keys: Value, values: Value): void => {
    // Known to be wanted only when it is an output; a value that nobody takes costs nothing.
    prefix.set('keys', asPrefix(config, keys)).set('values', asPrefix(config, values))
  }
  const attention = causalAttention(
    graph,
    config,
    config.layerKinds[kind]!,
    shape,
    batchInputs(graph, shape),
    dtype,
    { onKeysAndValues },
  )
  const { weights, attend, saved } = recording(config, inputs.weights, attention)
  const y = decoderLayer(config, x, weights, attend)
  return { graph, x, y, trainable: inputs.trainable, saved, prefix }
}
