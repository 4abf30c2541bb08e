import { AppError } from '../../contract/errors.ts'
import * as t from '../tensor/build.ts'
import type { Dtype } from '../tensor/dtype.ts'
import { Graph, type Value } from '../tensor/graph.ts'
import { biasOf, decoderHead, decoderLayer, plainWeights } from '../model/decoder-layer.ts'
import type { ModelConfig } from '../model/model-config.ts'
import { rotaryTable } from '../model/rotary-table.ts'
import { embeddingName, finalNormName, headName, layerPrefix } from '../model/weight-names.ts'
import { cachedAttention, type CacheWindow, type LayerCache } from './cached-attention.ts'
import { sampleTokens, type SamplingShape } from './sampling.ts'

/** B rows, prompts padded to P, at most N new tokens; the cache holds C = P + N positions. */
export interface DecodeShape extends SamplingShape {
  batch: number
  promptLength: number
  maxNewTokens: number
  eosIds: readonly number[]
  /** Also outputs the logits that the tokens were chosen from (to compare them with a plain forward pass). */
  logits?: boolean
}

/** Where a weight lies in model.safetensors. */
export type WeightPlace = (name: string) => {
  dtype: Dtype
  shape: readonly number[]
  file: string
  offset: number
  bytes: number
}

/**
 * The whole answer as one program: prompt, then a Loop of one token per row and step, until every row has met an EOS.
 * The cache never visits the host (fetching it would cost more than the maths).
 * Inputs: promptIds i32 [B·P], lengths i32 [B], lastRow i32 [B] (= b·P + length − 1), longest i32 [1], done bool [B]
 * (rows that only fill up the batch), temperature f32 [], uniforms f32 [B,N].
 * Outputs: first i32 [B] and rest i32 [steps,B]: a row's tokens up to its first EOS are its answer; with `logits`,
 * firstLogits f32 [B,V] and restLogits f32 [steps,B,V] too.
 * Throws MODEL_UNSUPPORTED for a head size that the attention kernel does not take.
 */
export function decodeGraph(config: ModelConfig, shape: DecodeShape, place: WeightPlace): Graph {
  const { batch, promptLength, maxNewTokens } = shape
  if (config.headDim % 16 !== 0) {
    throw new AppError(
      'MODEL_UNSUPPORTED',
      `This model's heads have ${config.headDim} numbers; generation takes multiples of 16. Choose a model whose head_dim ` +
        '(hidden_size / num_attention_heads) is one.',
      { headDim: config.headDim },
    )
  }
  const capacity = promptLength + maxNewTokens
  const graph = new Graph()
  const weight = (name: string): Value =>
    t.cast(graph.apply({ kind: 'External', name, ...place(name) }), 'f32')

  const promptIds = graph.input('promptIds', 'i32', [batch * promptLength])
  const lengths = graph.input('lengths', 'i32', [batch])
  const lastRow = graph.input('lastRow', 'i32', [batch])
  const longest = graph.input('longest', 'i32', [1])
  const done = graph.input('done', 'bool', [batch])
  const temperature = graph.input('temperature', 'f32', [])
  const uniforms = graph.input('uniforms', 'f32', [batch, maxNewTokens])
  const rotary = config.layerKinds.map(({ rope }) => {
    const table = rotaryTable(rope, capacity)
    const shape = [capacity, rope.inverseFrequencies.length]
    return {
      cos: graph.constant(Float32Array.from(table.cos), 'f32', shape),
      sin: graph.constant(Float32Array.from(table.sin), 'f32', shape),
    }
  })
  const one = graph.scalar(1, 'i32')

  const embed = (ids: Value): Value => {
    const rows = t.gatherRows(weight(embeddingName), ids)
    return config.embeddingScale === 1 ? rows : t.scale(rows, config.embeddingScale)
  }
  /** Runs the layers on x [B·tokens, D] and returns what the caches became. */
  const runLayers = (
    x: Value,
    caches: readonly LayerCache[],
    window: CacheWindow,
  ): { y: Value; caches: LayerCache[] } => {
    const next: LayerCache[] = []
    let y = x
    for (let layer = 0; layer < config.layers; layer++) {
      const kind = config.kindOfLayer[layer]!
      const attend = cachedAttention(config, kind, window, caches[layer]!, (cache) => next.push(cache))
      const weights = plainWeights((name) => weight(layerPrefix(layer) + name), biasOf(config))
      y = decoderLayer(config, y, weights, attend)
    }
    return { y, caches: next }
  }
  const nextTokens = (hidden: Value, step: Value): { logits: Value; tokens: Value } => {
    const uniform = hidden.graph.apply({ kind: 'GatherAxis', axis: 1 }, [uniforms, step]) // [B]
    const logits = decoderHead(config, hidden, weight(finalNormName), weight(headName(config))) // [B, V]
    return { logits, tokens: sampleTokens(logits, shape, temperature, uniform) }
  }
  const isEos = (tokens: Value): Value =>
    shape.eosIds
      .map((id) => tokens.graph.apply({ kind: 'Equal' }, [tokens, tokens.graph.scalar(id, 'i32')]))
      .reduce((a, b) => a.graph.apply({ kind: 'Or' }, [a, b]))
  const anyOpen = (finished: Value): Value => {
    const open = t.cast(finished.graph.apply({ kind: 'Not' }, [finished]), 'i32')
    return finished.graph.apply({ kind: 'Less' }, [finished.graph.scalar(0, 'i32'), t.reduceSum(open, [0])])
  }

  const empty = t.expand(graph.scalar(0, 'f32'), [batch, config.kvHeads, capacity, config.headDim])
  const prompt = runLayers(
    embed(promptIds),
    Array.from({ length: config.layers }, () => ({ key: empty, value: empty })),
    {
      batch,
      tokens: promptLength,
      rotary,
      seqlensMinusOne: t.sub(lengths, one),
      // The padded length, not the longest row: the kernel takes a call of exactly this many tokens for a prompt.
      totalLength: graph.constant(Int32Array.of(promptLength), 'i32', [1]),
    },
  )
  const first = nextTokens(t.gatherRows(prompt.y, lastRow), graph.scalar(0, 'i64'))
  const finished = graph.apply({ kind: 'Or' }, [done, isEos(first.tokens)])
  graph.output('first', first.tokens)
  if (shape.logits) graph.output('firstLogits', first.logits)
  if (maxNewTokens === 1) return graph

  const body = new Graph()
  const step = body.input('step', 'i64', [])
  body.input('going', 'bool', [])
  const token = body.input('token', 'i32', [batch])
  const over = body.input('over', 'bool', [batch])
  const caches = prompt.caches.map(({ key }, i) => ({
    key: body.input(`key${i}`, 'f32', key.shape),
    value: body.input(`value${i}`, 'f32', key.shape),
  }))
  const stepNumber = t.cast(step, 'i32')
  const decoded = runLayers(embed(token), caches, {
    batch,
    tokens: 1,
    rotary,
    seqlensMinusOne: t.add(stepNumber, lengths), // this token sits at position length + step
    totalLength: t.add(t.add(stepNumber, longest), one),
  })
  const sampled = nextTokens(decoded.y, t.add(step, body.scalar(1, 'i64')))
  const overNow = body.apply({ kind: 'Or' }, [over, isEos(sampled.tokens)])
  body.output('going', anyOpen(overNow))
  body.output('token', sampled.tokens)
  body.output('over', overNow)
  decoded.caches.forEach(({ key, value }, i) => {
    body.output(`key${i}`, key)
    body.output(`value${i}`, value)
  })
  body.output('sampled', sampled.tokens)
  if (shape.logits) body.output('logits', sampled.logits)

  const carried = 2 + 2 * config.layers
  const results = graph.applyAll(
    { kind: 'Loop', body, trips: maxNewTokens - 1, carried, stacked: shape.logits ? 2 : 1 },
    [first.tokens, finished, ...prompt.caches.flatMap(({ key, value }) => [key, value])],
  )
  graph.output('rest', results[carried]!)
  if (shape.logits) graph.output('restLogits', results[carried + 1]!)
  return graph
}
