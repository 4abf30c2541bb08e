import type { Precision } from '../../contract/settings.ts'
import { Graph, type Value } from '../tensor/graph.ts'
import type { AdapterShape } from './adapter/adapter.ts'
import { layerInputs, type PackedForm } from './adapter/layer-inputs.ts'
import { causalAttention } from './causal-attention.ts'
import { decoderLayer } from './decoder-layer.ts'
import type { ModelConfig } from './model-config.ts'
import { asPrefix } from './prefix-cache.ts'
import { recording } from './saved-activations.ts'
import { batchInputs, type BatchShape } from './token-batch.ts'

/** What a layer's program has beside the weights: an adapter's matrices, and the masks of its dropout. */
export interface LayerForm {
  adapter: AdapterShape | null
  dropout: boolean
  /** What comes packed; null: nothing, all is sent as it is computed with. */
  packed?: PackedForm | null
  /** The type of the layers' products; default: that of the inputs. */
  precision?: Precision
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
  { adapter, dropout, packed = null, precision }: LayerForm = { adapter: null, dropout: false },
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
  const inputs = layerInputs(graph, config, dtype, adapter, masks, packed)
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
  const y = decoderLayer(config, x, weights, attend, precision === 'f32' ? dtype : precision)
  return { graph, x, y, trainable: inputs.trainable, saved, prefix }
}
