import * as t from '../../tensor/build.ts'
import { Graph, type Value } from '../../tensor/graph.ts'
import { decoderHead, decoderLayer } from '../../model/decoder-layer.ts'
import type { ModelConfig } from '../../model/model-config.ts'
import { embeddingName, finalNormName, headName, modelWeights } from '../../model/weight-names.ts'
import { type FedWeights, fedLayers, nothingFed } from '../fed-weights.ts'
import type { SamplingShape } from '../sampling.ts'
import { cachePlaces } from './cache-places.ts'
import { deviceAttention, type DeviceAttention, visibleColumns } from './device-attention.ts'
import { sampleOnDevice } from './device-sampling.ts'

// B slots of C positions; N tokens; W = Hkv·hd; L positions that have angles.

/** A program's graph and the outputs that it writes into the caches that it is fed: output → input. */
export interface DeviceGraph {
  graph: Graph
  inPlace: Record<string, string>
}

/**
 * One token for every slot. Beside what all programs read (see `DeviceValues`): ids, positions and slots i32 [B], the numbers
 * of the slots themselves; uniforms f32 [B], temperature f32 [].
 * Outputs: tokens, i64 [B] where greedy, else i32; with `logits` the logits f32 [B, V] that they were chosen from.
 */
export function tokenGraph(
  config: ModelConfig,
  shape: SamplingShape & { logits?: boolean },
  fed: FedWeights = nothingFed,
): DeviceGraph {
  const values = new DeviceValues(config, fed)
  const { graph, positions } = values
  const position = t.reshape(t.cast(positions, 'f32'), [-1, 1, 1, 1])
  const x = values.layers({
    positionOfQuery: position,
    attention: { slot: null, blank: null, places: values.places(positions) },
  })
  const logits = decoderHead(config, x, values.weight(finalNormName), values.weight(headName(config)))
  const [temperature, uniforms] = [
    graph.input('temperature', 'f32', []),
    graph.input('uniforms', 'f32', [-1]),
  ]
  graph.output('tokens', sampleOnDevice(logits, shape, temperature, uniforms))
  if (shape.logits) graph.output('logits', logits)
  return { graph, inPlace: values.written }
}

/**
 * N tokens of one prompt, which go into the cache of slot slots[0]; the tokens before them are there already. positions
 * i32 [N]; rest i32 [M], M ≥ 1: the positions of the slot behind them, which are filled with zeros. No outputs but the caches.
 */
export function promptGraph(config: ModelConfig, fed: FedWeights = nothingFed): DeviceGraph {
  const values = new DeviceValues(config, fed)
  const { graph, positions, slots } = values
  const rest = graph.input('rest', 'i32', [-1])
  const width = config.kvHeads * config.headDim
  const zeros = t.scale(t.reshape(t.cast(rest, 'f32'), [-1, 1]), 0)
  const group = config.heads / config.kvHeads
  // Query g·N + n of a key head is token n's.
  const perHead = t.expand(t.reshape(t.cast(positions, 'f32'), [1, -1]), [group, 1])
  values.layers({
    positionOfQuery: t.reshape(perHead, [-1, 1]),
    attention: {
      slot: t.reshape(slots, [1]),
      blank: t.expand(zeros, [1, width]),
      places: values.places(t.concat([positions, rest], 0)),
    },
  })
  return { graph, inPlace: values.written }
}

/**
 * What both programs read, all but a few numbers in the memory of the device. Of every step: ids and positions i32 [N], slots
 * i32 [B or 1], capacity C i32 [], keyShape and valueShape i64 [4]. Kept: the weights by their names f32; per layer kind cos0,
 * sin0, … f32 [L, r/2]; columns f32 [C], 0 … C − 1; key0, value0, … f32 [B·W·C] (see CacheArrays).
 */
class DeviceValues {
  readonly graph = new Graph()
  readonly ids: Value
  readonly positions: Value
  readonly slots: Value
  readonly written: Record<string, string> = {}
  readonly weight: (name: string) => Value
  private readonly config: ModelConfig
  private readonly fed: FedWeights

  constructor(config: ModelConfig, fed: FedWeights) {
    const { graph } = this
    this.config = config
    this.fed = fed
    this.ids = graph.input('ids', 'i32', [-1])
    this.positions = graph.input('positions', 'i32', [-1])
    this.slots = graph.input('slots', 'i32', [-1])
    const shapes = new Map(modelWeights(config).map(({ name, shape }) => [name, shape]))
    this.weight = (name) => graph.input(name, 'f32', shapes.get(name)!)
  }

  places(positions: Value) {
    const capacity = this.graph.input('capacity', 'i32', [])
    return cachePlaces(this.graph, this.config, { slots: this.slots, positions, capacity })
  }

  /** The hidden states of the tokens [N, D] behind the last layer, and every layer's cache written. */
  layers({
    positionOfQuery,
    attention,
  }: {
    positionOfQuery: Value
    attention: Pick<DeviceAttention, 'slot' | 'blank' | 'places'>
  }): Value {
    const { graph, config, fed, positions } = this
    const columns = graph.input('columns', 'f32', [-1])
    const kinds = config.layerKinds.map(({ rope, window }, i) => {
      const angles = (name: string) =>
        t.gatherRows(graph.input(`${name}${i}`, 'f32', [-1, rope.inverseFrequencies.length]), positions)
      return {
        angles: { cos: angles('cos'), sin: angles('sin') },
        mask: visibleColumns(positionOfQuery, columns, window),
      }
    })
    const shared = {
      ...attention,
      keyShape: graph.input('keyShape', 'i64', [4]),
      valueShape: graph.input('valueShape', 'i64', [4]),
    }
    const layerWeights = fedLayers(graph, config, fed, this.weight)
    const rows = t.gatherRows(this.weight(embeddingName), this.ids)
    let x = config.embeddingScale === 1 ? rows : t.scale(rows, config.embeddingScale)
    for (let layer = 0; layer < config.layers; layer++) {
      const cache = {
        key: graph.input(`key${layer}`, 'f32', [-1]),
        value: graph.input(`value${layer}`, 'f32', [-1]),
      }
      const attend = deviceAttention(config, kinds[config.kindOfLayer[layer]!]!, shared, cache, (written) => {
        for (const name of ['key', 'value'] as const) {
          graph.output(`${name}${layer}Written`, written[name])
          this.written[`${name}${layer}Written`] = `${name}${layer}`
        }
      })
      x = decoderLayer(config, x, layerWeights(layer), attend)
    }
    return x
  }
}
