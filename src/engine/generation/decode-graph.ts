import { AppError } from '../../contract/errors.ts'
import * as t from '../tensor/build.ts'
import type { Dtype } from '../tensor/dtype.ts'
import { Graph, type Value } from '../tensor/graph.ts'
import { decoderHead, layerOutput, mixedHeads } from '../model/decoder-layer.ts'
import type { ModelConfig } from '../model/model-config.ts'
import { embeddingName, finalNormName, headName } from '../model/weight-names.ts'
import { cachedAttention, type LayerCache } from './cached-attention.ts'
import { type FedWeights, fedLayers, nothingFed } from './fed-weights.ts'
import { sampleTokens, type SamplingShape } from './sampling.ts'
import { stepInputs } from './step-inputs.ts'

export interface DecodeShape extends SamplingShape {
  /** Also outputs the logits that the tokens were chosen from (to compare them with a plain forward pass). */
  logits?: boolean
}

/** Where a weight lies: file of the weights' folder, bytes from `offset`. */
export type WeightPlace = (name: string) => {
  dtype: Dtype
  shape: readonly number[]
  file: string
  offset: number
  bytes: number
}

/**
 * One step of continuous batching: it either reads a group of prompts or makes one token in every slot. Both kinds of step
 * run through the same matrices, so a weight lies in memory once; all sizes (slots B, capacity C, prompts) are those of what
 * is fed, so one program serves every length and batch. The host keeps the cache and adds to it what a step computed: a
 * Loop within the program would make every cache anew at every step, which cost more than a third of a small model's time.
 *
 * Inputs: see StepInputs; per layer kind cos0, sin0, mask0, …; key0, value0, key1, … f32 [B,Hkv,C,hd]; uniforms f32 [B];
 * temperature f32 [].
 * Outputs: tokens i32 [B]; added f32 [2L·R or 2L·B, Hkv, T or 1, hd], the rotated keys and the values of every layer in turn;
 * with `logits` logits f32 [B,V]. A step that reads prompts makes no tokens, and its `tokens` and `logits` are anything.
 * Throws MODEL_UNSUPPORTED for a head size that the attention kernel does not take.
 */
export function decodeGraph(
  config: ModelConfig,
  shape: DecodeShape,
  place: WeightPlace,
  fed: FedWeights = nothingFed,
): Graph {
  refuseHeadSize(config)
  const graph = new Graph()
  const inputs = stepInputs(graph, config)
  const uniforms = graph.input('uniforms', 'f32', [-1])
  const temperature = graph.input('temperature', 'f32', [])
  const weights = modelWeightsOf(graph, config, place, fed)

  const added: Value[] = []
  const store = ({ key, value }: LayerCache) => void added.push(key, value)
  let x = weights.embed(inputs.ids) // [R·T or B, D]
  let mixed = x
  for (let layer = 0; layer < config.layers; layer++) {
    const cacheInput = (name: string) =>
      graph.input(`${name}${layer}`, 'f32', [-1, config.kvHeads, -1, config.headDim])
    const cache = { key: cacheInput('key'), value: cacheInput('value') }
    const attend = cachedAttention(config, config.kindOfLayer[layer]!, inputs, cache, store)
    mixed = mixedHeads(config, x, weights.layer(layer), attend)
    if (layer + 1 < config.layers) x = layerOutput(config, x, weights.layer(layer), mixed)
  }

  const refill = new Graph()
  refill.output('tokens', refill.constant(Int32Array.of(-1), 'i32', [1]))
  if (shape.logits)
    refill.output('logits', refill.constant(new Float32Array(config.vocab), 'f32', [1, config.vocab]))
  const decode = new Graph()
  // Of prompts the last layer's keys and values are wanted, nothing that comes after them.
  const last = layerOutput(config, decode.capture(x), weights.layer(config.layers - 1), decode.capture(mixed))
  const logits = weights.head(last) // [B, V]
  decode.output('tokens', sampleTokens(logits, shape, temperature, uniforms))
  if (shape.logits) decode.output('logits', logits)
  const results = graph.applyAll({ kind: 'If', yes: refill, no: decode }, [inputs.isRefill])
  for (const [i, name] of [...decode.results.keys()].entries()) graph.output(name, results[i]!)
  graph.output('added', t.concat(added, 0))
  return graph
}

/** The model's weights as values of `graph`, cast while the program is built. */
function modelWeightsOf(graph: Graph, config: ModelConfig, place: WeightPlace, fed: FedWeights) {
  const stored = (name: string): Value => graph.apply({ kind: 'External', name, ...place(name) })
  const weight = (name: string): Value => t.cast(stored(name), 'f32')
  return {
    /** Rows are gathered before they are cast: a table of 16 bits then needs no copy of 32. */
    embed: (ids: Value): Value => {
      const rows = t.cast(t.gatherRows(stored(embeddingName), ids), 'f32')
      return config.embeddingScale === 1 ? rows : t.scale(rows, config.embeddingScale)
    },
    layer: fedLayers(graph, config, fed, weight),
    head: (x: Value): Value => decoderHead(config, x, weight(finalNormName), weight(headName(config))),
  }
}

function refuseHeadSize({ headDim, layerKinds }: ModelConfig): void {
  if (headDim % 16 !== 0) {
    throw new AppError(
      'MODEL_UNSUPPORTED',
      `This model's heads have ${headDim} numbers; generation takes multiples of 16. Choose a model whose head_dim ` +
        '(hidden_size / num_attention_heads) is one.',
      { headDim },
    )
  }
  for (const { rope } of layerKinds) {
    const rotated = 2 * rope.inverseFrequencies.length
    if (rotated % 16 === 0) continue
    throw new AppError(
      'MODEL_UNSUPPORTED',
      `This model turns ${rotated} of a head's ${headDim} numbers; generation takes multiples of 16. Choose a model whose ` +
        'head_dim · partial_rotary_factor is one.',
      { headDim, rotated },
    )
  }
}
