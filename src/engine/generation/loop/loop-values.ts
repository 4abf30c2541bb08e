import * as t from '../../tensor/build.ts'
import type { Dtype } from '../../tensor/dtype.ts'
import type { Graph, Value } from '../../tensor/graph.ts'
import { decoderHead } from '../../model/decoder-layer.ts'
import type { ModelConfig } from '../../model/model-config.ts'
import { embeddingName, finalNormName, headName } from '../../model/weight-names.ts'
import type { WeightPlace } from '../decode-graph.ts'
import { type FedWeights, fedLayers } from '../fed-weights.ts'
import type { SamplingShape } from '../sampling.ts'
import type { LayerCache } from './loop-attention.ts'
import { type PromptQueue, queueInputs } from './loop-queue.ts'
import type { SlotState } from './loop-state.ts'
import type { RowAngles } from './rotated-rows.ts'

export interface LoopShape extends SamplingShape {
  slots: number // B
  /** Steps of a round at most, and positions of the window, K. */
  window: number
  eosIds: readonly number[]
  /** Of products and caches; the rest is f32. */
  compute: Dtype
  /** Also outputs the logits that the tokens were chosen from (to compare them with a plain forward pass). */
  logits?: boolean
}

/** What all parts of a decode loop see. */
export interface LoopValues {
  graph: Graph
  config: ModelConfig
  shape: LoopShape
  queue: PromptQueue
  uniforms: Value
  made: Value
  rowWidth: Value
  temperature: Value
  budget: Value
  least: Value
  capacity: Value
  columns: Value
  tables: readonly RowAngles[]
  weights: ReturnType<typeof modelWeightsOf>
}

export function loopValues(
  graph: Graph,
  config: ModelConfig,
  shape: LoopShape,
  place: WeightPlace,
  fed: FedWeights,
): LoopValues {
  const one = (name: string, dtype: Dtype = 'i32') => graph.input(name, dtype, [1])
  return {
    graph,
    config,
    shape,
    queue: queueInputs(graph),
    uniforms: graph.input('uniforms', 'f32', [-1]),
    made: graph.input('before', 'i32', [-1]),
    rowWidth: one('rowWidth'),
    temperature: graph.input('temperature', 'f32', []),
    budget: one('budget'),
    least: one('least'),
    capacity: one('capacity', 'i64'),
    columns: graph.input('columns', 'i32', [-1]),
    tables: config.layerKinds.map(({ rope }, i) => {
      const size = [-1, rope.inverseFrequencies.length]
      return { cos: graph.input(`cos${i}`, 'f32', size), sin: graph.input(`sin${i}`, 'f32', size) }
    }),
    weights: modelWeightsOf(graph, config, place, fed),
  }
}

/** The model's weights as values of the outermost graph, each cast once. */
function modelWeightsOf(graph: Graph, config: ModelConfig, place: WeightPlace, fed: FedWeights) {
  const stored = (name: string): Value => graph.apply({ kind: 'External', name, ...place(name) })
  return {
    /** Rows are gathered before they are cast: a table of 16 bits then needs no copy of 32. */
    embed: (ids: Value): Value => {
      const rows = t.cast(t.gatherRows(stored(embeddingName), ids), 'f32')
      return config.embeddingScale === 1 ? rows : t.scale(rows, config.embeddingScale)
    },
    layer: fedLayers(graph, config, fed, (name) => {
      const weight = stored(name)
      // Norms are computed in f32; a matrix takes the type of what it is multiplied with.
      return weight.shape.length === 1 ? t.cast(weight, 'f32') : weight
    }),
    head: (x: Value): Value =>
      decoderHead(config, x, t.cast(stored(finalNormName), 'f32'), t.cast(stored(headName(config)), 'f32')),
  }
}

export interface RoundState {
  state: SlotState
  next: Value
  spent: Value
  /** made, and logits where wanted. */
  records: readonly Value[]
  caches: readonly LayerCache[]
}

export const cacheShape = ({ config, shape }: LoopValues) => [shape.slots, config.kvHeads, -1, config.headDim]

export const recordInputs = (graph: Graph, { config, shape }: LoopValues): Value[] => [
  graph.input('made', 'i32', [-1]),
  ...(shape.logits ? [graph.input('logits', 'f32', [-1, config.vocab])] : []),
]

export const layerCaches = (flat: readonly Value[]): LayerCache[] =>
  Array.from({ length: flat.length / 2 }, (_, layer) => ({
    key: flat[2 * layer]!,
    value: flat[2 * layer + 1]!,
  }))

/** Whether a row's token sees a column's: itself and those before it, of a window the last ones alone. */
export function seen(graph: Graph, row: Value, column: Value, window: number | null): Value {
  const before = graph.apply({ kind: 'LessOrEqual' }, [column, row])
  if (window === null) return before
  const first = t.sub(row, graph.scalar(window, 'i32'))
  return graph.apply({ kind: 'And' }, [before, graph.apply({ kind: 'Less' }, [first, column])])
}
