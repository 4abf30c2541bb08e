import { ProgramCache } from '../onnx/program-cache.ts'
import { Graph, type Value } from '../tensor/graph.ts'
import { causalAttention } from './causal-attention.ts'
import { biasOf, decoderLayer, plainWeights } from './decoder-layer.ts'
import type { ModelConfig } from './model-config.ts'
import { embeddingName, layerPrefix, layerWeights } from './weight-names.ts'

/** B sequences, right-padded to S: B·S token ids. */
export interface TokenBatch {
  batch: number
  length: number
  tokenIds: Int32Array
}

/** A model's weights by Hugging Face name; training updates the arrays in place. */
export type Parameters = ReadonlyMap<string, Float32Array>

/**
 * A model run layer by layer: one program serves all layers of a kind because their weights are inputs. That keeps sessions
 * small (a few dozen nodes, whatever the depth), and lets the backward pass recompute a layer from its input, so
 * only one hidden state per layer is kept (gradient checkpointing for free).
 */
export class LayeredModel {
  readonly config: ModelConfig
  readonly parameters: Parameters
  readonly programs: ProgramCache

  constructor(config: ModelConfig, parameters: Parameters, threads: number) {
    this.config = config
    this.parameters = parameters
    this.programs = new ProgramCache({ threads })
  }

  weight(name: string): Float32Array {
    return this.parameters.get(name)!
  }

  /** The feeds of one layer's weights, by the names that `layerGraphInputs` gives them. */
  layerFeeds(layer: number): Record<string, Float32Array> {
    return Object.fromEntries(
      layerWeights(this.config).map(({ name }) => [name, this.weight(layerPrefix(layer) + name)]),
    )
  }

  /** Token embeddings [B·S, D]. A row copy on the host: cheaper than handing the whole table to a session. */
  embed({ tokenIds }: TokenBatch): Float32Array {
    const { hidden: d, embeddingScale } = this.config
    const table = this.weight(embeddingName)
    const x = new Float32Array(tokenIds.length * d)
    tokenIds.forEach((id, row) => x.set(table.subarray(id * d, id * d + d), row * d))
    if (embeddingScale !== 1) for (let i = 0; i < x.length; i++) x[i]! *= embeddingScale
    return x
  }

  /** The input of every layer, then the last layer's output: layers + 1 arrays [B·S, D]. */
  async hiddenStates(batch: TokenBatch): Promise<Float32Array[]> {
    const states = [this.embed(batch)]
    for (let layer = 0; layer < this.config.layers; layer++)
      states.push(await this.layerForward(batch, states[layer]!, layer))
    return states
  }

  /** The last layer's output alone: scoring keeps nothing else. */
  async lastHiddenState(batch: TokenBatch): Promise<Float32Array> {
    let x = this.embed(batch)
    for (let layer = 0; layer < this.config.layers; layer++) x = await this.layerForward(batch, x, layer)
    return x
  }

  private async layerForward(batch: TokenBatch, x: Float32Array, layer: number): Promise<Float32Array> {
    const kind = this.config.kindOfLayer[layer]!
    const program = await this.programs.get(`forward ${kind} ${batch.batch}x${batch.length}`, () => {
      const { graph, y } = layerGraph(this.config, kind, batch.batch, batch.length, 'f32')
      graph.output('y', y)
      return graph
    })
    const { y } = await program.run({ x, ...this.layerFeeds(layer) })
    return y as Float32Array
  }

  release(): Promise<void> {
    return this.programs.release()
  }
}

/** One layer of a kind as a program: inputs x [B·S, D] and the layer's weights; y is its output. */
export function layerGraph(
  config: ModelConfig,
  kind: number,
  batch: number,
  length: number,
  dtype: 'f32' | 'f64',
): { graph: Graph; x: Value; y: Value; weights: Map<string, Value> } {
  const graph = new Graph()
  const x = graph.input('x', dtype, [batch * length, config.hidden])
  const weights = new Map(
    layerWeights(config).map(({ name, shape }) => [name, graph.input(name, dtype, shape)]),
  )
  const y = decoderLayer(
    config,
    x,
    plainWeights((name) => weights.get(name)!, biasOf(config)),
    causalAttention(graph, config, config.layerKinds[kind]!, batch, length, dtype),
  )
  return { graph, x, y, weights }
}
