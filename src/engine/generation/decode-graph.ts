import { AppError } from '../../contract/errors.ts'
import * as t from '../tensor/build.ts'
import type { Dtype } from '../tensor/dtype.ts'
import { Graph, type Value } from '../tensor/graph.ts'
import { decoderHead, decoderLayer } from '../model/decoder-layer.ts'
import type { ModelConfig } from '../model/model-config.ts'
import { embeddingName, finalNormName, headName } from '../model/weight-names.ts'
import { cachedAttention, type LayerCache } from './cached-attention.ts'
import { type FedWeights, fedLayers, nothingFed } from './fed-weights.ts'
import { sampleTokens, type SamplingShape } from './sampling.ts'
import {
  advancedSlots,
  answerLengths,
  anyWork,
  chooseRows,
  filledSlots,
  type PromptQueue,
  queueInputs,
  slotDtype,
  slotNames,
  type SlotState,
  type StepRows,
} from './slot-state.ts'

export interface DecodeShape extends SamplingShape {
  maxNewTokens: number // N
  eosIds: readonly number[]
  /** Also outputs the logits that the tokens were chosen from (to compare them with a plain forward pass). */
  logits?: boolean
}

/** The name of a state's output; the input of the next call goes without. */
export const afterCall = (name: string): string => `${name} after`

/** Where a weight lies: file of the weights' folder, bytes from `offset`. */
export type WeightPlace = (name: string) => {
  dtype: Dtype
  shape: readonly number[]
  file: string
  offset: number
  bytes: number
}

/**
 * Continuous batching as one program: a Loop whose step either reads the next group of prompts into free slots or makes one
 * token in every slot, until queue and slots are empty or the call's budget is spent. Both kinds of step run through the same
 * matrices, so a weight lies in memory once. All other sizes (slots B, capacity C, prompts) are those of what is fed: one
 * program serves every length and batch. The cache does not visit the host within a call (fetching it every step would
 * cost more than the maths).
 *
 * Inputs: the queue (see PromptQueue); uniforms f32 [J·N]; temperature f32 []; budget and stepCost i32 [1]; per layer kind
 * cos0, sin0, … [≥ C, r/2]; the state (SlotState) and key0, value0, key1, … [B,Hkv,C,hd].
 * Outputs: spent i32 [1]; the state after the last step (see afterCall); tokens i32 [steps,B] and made i32 [steps,B], the
 * item that each token belongs to (−1: none); with `logits` logits f32 [steps,B,V].
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
  const queue = queueInputs(graph)
  const uniforms = graph.input('uniforms', 'f32', [-1])
  const temperature = graph.input('temperature', 'f32', [])
  const stepCost = graph.input('stepCost', 'i32', [1])
  const budget = graph.input('budget', 'i32', [1])
  const rotary = config.layerKinds.map(({ rope }, i) => ({
    cos: graph.input(`cos${i}`, 'f32', [-1, rope.inverseFrequencies.length]),
    sin: graph.input(`sin${i}`, 'f32', [-1, rope.inverseFrequencies.length]),
  }))
  const weights = modelWeightsOf(graph, config, place, fed)
  const initial = stateInputs(graph, config)

  const body = new Graph()
  body.input('step', 'i64', [])
  body.input('going', 'bool', [])
  const spentBefore = body.input('spent', 'i32', [1])
  const { state, caches } = stateInputs(body, config)
  const rows = chooseRows(body, state, queue, stepCost)
  const extended: LayerCache[] = []
  let x = weights.embed(rows.ids) // [R·T or B, D]
  for (let layer = 0; layer < config.layers; layer++) {
    const store = (cache: LayerCache) => void extended.push(cache)
    const attend = cachedAttention(config, config.kindOfLayer[layer]!, rotary, rows, caches[layer]!, store)
    x = decoderLayer(config, x, weights.layer(layer), attend)
  }

  const step = { state, queue, rows, shape, vocab: config.vocab }
  const refill = refillBranch(step)
  const decode = decodeBranch(step, uniforms, temperature, (graph) => weights.head(graph.capture(x)))
  const results = body.applyAll({ kind: 'If', yes: refill, no: decode }, [rows.isRefill])
  const after = Object.fromEntries(slotNames.map((name, i) => [name, results[i]!])) as unknown as SlotState
  const spent = t.add(spentBefore, rows.cost)
  const goesOn = body.apply({ kind: 'And' }, [
    anyWork(body, after, queue),
    body.apply({ kind: 'Less' }, [spent, budget]),
  ])
  body.output('going', t.reshape(goesOn, []))
  body.output('spent', spent)
  outputSlots(body, after)
  extended.forEach(({ key, value }, i) => {
    body.output(`key${i}`, key)
    body.output(`value${i}`, value)
  })
  const stacked = {
    tokens: after.token,
    made: results[slotNames.length]!,
    logits: results[slotNames.length + 1],
  }
  for (const [name, value] of Object.entries(stacked)) if (value) body.output(name, value)

  const carried = 1 + slotNames.length + 2 * config.layers
  const outputs = graph.applyAll(
    { kind: 'Loop', body, trips: Number.MAX_SAFE_INTEGER, carried, stacked: shape.logits ? 3 : 2 },
    [
      graph.constant(Int32Array.of(0), 'i32', [1]),
      ...slotNames.map((name) => initial.state[name]),
      ...initial.caches.flatMap(({ key, value }) => [key, value]),
    ],
  )
  const names = [...body.results.keys()].slice(1)
  outputs.forEach((value, i) => graph.output(0 < i && i < carried ? afterCall(names[i]!) : names[i]!, value))
  return graph
}

/** What both kinds of step know of the slots. */
interface DecodeStep {
  state: SlotState
  queue: PromptQueue
  rows: StepRows
  shape: DecodeShape
  vocab: number
}

/** A step that read prompts: the filled slots; it made no token. */
function refillBranch({ state, queue, rows, shape, vocab }: DecodeStep): Graph {
  const refill = new Graph()
  outputSlots(refill, filledSlots(refill, state, queue, rows))
  const none = refill.scalar(-1, 'i32')
  refill.output('made', refill.apply({ kind: 'Where' }, [state.open, none, none]))
  if (shape.logits) {
    const zeros = refill.constant(new Float32Array(vocab), 'f32', [1, vocab])
    refill.output('logits', t.mul(t.reshape(t.cast(refill.capture(state.open), 'f32'), [-1, 1]), zeros))
  }
  return refill
}

/** A step that makes one token in every open slot. */
function decodeBranch(
  { state, queue, shape }: DecodeStep,
  uniforms: Value,
  temperature: Value,
  logitsOf: (graph: Graph) => Value,
): Graph {
  const decode = new Graph()
  const logits = logitsOf(decode) // [B, V]
  const index = answerLengths(decode, state, queue)
  const uniform = decode.apply({ kind: 'GatherAxis', axis: 0 }, [
    uniforms,
    t.add(t.mul(decode.capture(state.item), decode.scalar(shape.maxNewTokens, 'i32')), index),
  ])
  const tokens = sampleTokens(logits, shape, temperature, uniform)
  const cap = decode.apply({ kind: 'GatherAxis', axis: 0 }, [queue.caps, state.item])
  const isLast = decode.apply({ kind: 'LessOrEqual' }, [t.sub(cap, decode.scalar(1, 'i32')), index])
  const ended = shape.eosIds
    .map((id) => decode.apply({ kind: 'Equal' }, [tokens, decode.scalar(id, 'i32')]))
    .reduce((a, b) => decode.apply({ kind: 'Or' }, [a, b]), isLast)
  outputSlots(decode, advancedSlots(decode, state, tokens, ended))
  decode.output('made', decode.apply({ kind: 'Where' }, [state.open, state.item, decode.scalar(-1, 'i32')]))
  if (shape.logits) decode.output('logits', logits)
  return decode
}

function stateInputs(graph: Graph, config: ModelConfig): { state: SlotState; caches: LayerCache[] } {
  const state = slotNames.map((name) => [
    name,
    graph.input(name, slotDtype(name), [name === 'next' ? 1 : -1]),
  ])
  const cache = (name: string) => graph.input(name, 'f32', [-1, config.kvHeads, -1, config.headDim])
  return {
    state: Object.fromEntries(state) as unknown as SlotState,
    caches: Array.from({ length: config.layers }, (_, i) => ({
      key: cache(`key${i}`),
      value: cache(`value${i}`),
    })),
  }
}

/** The model's weights as values of `graph`, each cast once, outside of the loop. */
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

function outputSlots(graph: Graph, state: SlotState): void {
  for (const name of slotNames) graph.output(name, state[name])
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
