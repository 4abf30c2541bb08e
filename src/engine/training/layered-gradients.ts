import type { TrainingSettings } from '../../contract/settings.ts'
import { gradients } from '../autodiff/gradients.ts'
import type { DropoutKey } from '../model/adapter/dropout-mask.ts'
import { decoderHead } from '../model/decoder-layer.ts'
import { type LayerForm, layerGraph } from '../model/layer-graph.ts'
import type { LayeredModel } from '../model/layered-model.ts'
import { SavedActivations } from '../model/saved-activations.ts'
import { batchFeeds, type BatchShape, shapeKey, type TokenBatch } from '../model/token-batch.ts'
import { embeddingName, finalNormName, headName } from '../model/weight-names.ts'
import type { ResponseRows } from '../scoring/response-scores.ts'
import * as t from '../tensor/build.ts'
import { cutGraph } from '../tensor/cut-graph.ts'
import { Graph } from '../tensor/graph.ts'
import type { ModelConfig } from '../model/model-config.ts'
import { pairLoss } from './pair-loss.ts'

/** What the loss of one micro-batch needs beside its rows (see pair-loss.ts): P pairs over R response rows. */
export interface LossTerms extends ResponseRows {
  pairs: number
  pairing: Float32Array // [P,R]
  opponentMargin: Float32Array // [P]
  pairWeight: Float32Array // [P]
  tokenWeight: Float32Array // [R]
  beta: number
  lossType: TrainingSettings['lossType']
}

export interface MicroBatchResult {
  loss: number
  /** Log-probs of the response tokens [R], before any update. */
  logp: Float32Array
  /** Entropy of the policy's next-token distribution at the same rows [R], nats. */
  entropy: Float32Array
}

export interface PassOptions {
  isFirst?: boolean
  dropout?: DropoutKey | null
  /** Every gradient comes out so many times as large: what is small in f16 is not lost (see loss-scale.ts); null = 1. */
  lossScale?: number | null
  /** Memory for activations that the backward pass then need not recompute; 0 = recompute all. */
  savedBytes?: number
}

/**
 * One micro-batch forward and backward. Gradients are added into `into`, which has one array per weight; the first
 * micro-batch of a step overwrites what is there (`isFirst`), which is cheaper than zeros and a sum.
 * Layers run from the stored inputs backwards, each recomputing its own forward pass (or taking what of it was saved: the
 * numbers are the same). For a model whose weights are arrays of the host (see resident-gradients.ts). `into` has what the model's `trainable` has: beside an adapter no gradient of a weight is
 * computed. `dropout`: see LayeredModel.hiddenStates.
 */
export async function accumulateGradients(
  model: LayeredModel,
  batch: TokenBatch,
  terms: LossTerms,
  into: ReadonlyMap<string, Float32Array>,
  { isFirst = false, dropout = null, lossScale = null, savedBytes = 0 }: PassOptions = {},
): Promise<MicroBatchResult> {
  const { config } = model
  const put = isFirst ? replace : addInto
  const isFull = model.adapter === null
  const saved = new SavedActivations(config, batch.tokenRows, savedBytes)
  const states = await model.hiddenStates(batch, dropout, saved)
  const head = await model.programs.get(
    `head ${batch.tokenRows} ${terms.rowIndex.length} ${terms.pairs} ${terms.lossType} ${lossScale !== null}`,
    () => headGraph(config, batch.tokenRows, terms, { isFull, isScaled: lossScale !== null }),
  )
  const out = await head.run({
    x: states[config.layers]!,
    finalNorm: model.weight(finalNormName),
    head: model.weight(headName(config)),
    ...lossFeeds(terms, lossScale),
  })
  if (isFull) {
    put(into.get(finalNormName)!, out['d finalNorm'] as Float32Array)
    put(into.get(headName(config))!, out['d head'] as Float32Array)
  }

  let dy = out['d x'] as Float32Array
  for (let layer = config.layers - 1; layer >= 0; layer--) {
    const kind = config.kindOfLayer[layer]!
    const form = model.layerForm(dropout)
    const activations = saved.take(layer)
    const key = `backward ${kind} ${shapeKey(batch)} ${form.dropout} ${activations !== null}`
    const backward = await model.programs.get(key, () =>
      backwardGraph(config, kind, batch, form, activations !== null),
    )
    const feeds = model.layerFeeds(layer, dropout && { key: dropout, rows: batch.tokenRows })
    const result = await backward.run({
      x: states[layer]!,
      dy,
      ...batchFeeds(batch),
      ...feeds,
      ...activations,
    })
    states.length = layer // nothing above this layer's input is needed any more
    for (const [name, gradient] of Object.entries(result)) {
      if (name === 'd x') dy = gradient as Float32Array
      else put(into.get(model.trainablePrefix(layer) + name.slice(2))!, gradient as Float32Array)
    }
  }
  if (isFull) {
    // A tied head has written there already.
    if (isFirst && !config.tiedEmbeddings) into.get(embeddingName)!.fill(0)
    addEmbeddingGradient(into.get(embeddingName)!, batch.tokenIds, dy, config)
  }
  return {
    loss: (out['loss'] as Float32Array)[0]!,
    logp: out['logp'] as Float32Array,
    entropy: out['entropy'] as Float32Array,
  }
}

/** A micro-batch's numbers, by the names of `headGraph`. */
export const lossFeeds = (
  terms: LossTerms,
  lossScale: number | null,
): Record<string, Float32Array | Int32Array> => ({
  rowIndex: terms.rowIndex,
  targetIds: terms.targetIds,
  pairing: terms.pairing,
  opponentMargin: terms.opponentMargin,
  pairWeight: terms.pairWeight,
  tokenWeight: terms.tokenWeight,
  beta: Float32Array.of(terms.beta),
  ...(lossScale !== null && { lossScale: Float32Array.of(lossScale) }),
})

/** One layer's gradients, outputs `d x` and `d <trainable>`, from what its forward pass saved or from x alone. */
export function backwardGraph(
  config: ModelConfig,
  kind: number,
  shape: BatchShape,
  form: LayerForm,
  isSaved: boolean,
): Graph {
  const { graph, x, y, trainable, saved } = layerGraph(config, kind, shape, 'f32', form)
  const dy = graph.input('dy', 'f32', y.shape)
  const names = ['x', ...trainable.keys()]
  const wanted = gradients(new Map([[y, dy]]), [x, ...trainable.values()])
  return cutGraph(new Map(wanted.map((g, i) => [`d ${names[i]}`, g])), isSaved ? saved : new Map())
}

/** The loss, its log-probs and entropies, and its gradients: outputs `d x`, and with `isFull` `d finalNorm` and `d head`. */
export function headGraph(
  config: ModelConfig,
  tokens: number,
  { rowIndex, pairs, lossType }: LossTerms,
  { isFull, isScaled }: { isFull: boolean; isScaled: boolean },
): Graph {
  const rows = rowIndex.length
  const graph = new Graph()
  const x = graph.input('x', 'f32', [tokens, config.hidden])
  const finalNorm = graph.input('finalNorm', 'f32', [config.hidden])
  const head = graph.input('head', 'f32', [config.vocab, config.hidden])
  const logits = decoderHead(config, t.gatherRows(x, graph.input('rowIndex', 'i32', [rows])), finalNorm, head)
  const logp = t.tokenLogProb(logits, graph.input('targetIds', 'i32', [rows])) // [R,1]
  const loss = pairLoss(
    logp,
    {
      pairing: graph.input('pairing', 'f32', [pairs, rows]),
      opponentMargin: graph.input('opponentMargin', 'f32', [pairs, 1]),
      pairWeight: graph.input('pairWeight', 'f32', [pairs, 1]),
      tokenWeight: graph.input('tokenWeight', 'f32', [rows, 1]),
      beta: graph.input('beta', 'f32', []),
    },
    lossType,
  )
  const wanted = isFull ? [x, finalNorm, head] : [x]
  const seed = isScaled ? graph.input('lossScale', 'f32', []) : graph.scalar(1, 'f32')
  const [dx, dNorm, dHead] = gradients(new Map([[loss, seed]]), wanted)
  for (const [name, value] of Object.entries({
    loss,
    logp,
    entropy: t.tokenEntropy(logits),
    'd x': dx!,
    ...(isFull && { 'd finalNorm': dNorm!, 'd head': dHead! }),
  }))
    graph.output(name, value)
  return graph
}

function replace(sum: Float32Array, gradient: Float32Array): void {
  sum.set(gradient)
}

function addInto(sum: Float32Array, gradient: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += gradient[i]!
}

/** dE[id] += scale·dx[row] for every row. On the host: a dense [V, D] output per micro-batch would cost more than the adds. */
function addEmbeddingGradient(
  sum: Float32Array,
  tokenIds: Int32Array,
  dx: Float32Array,
  { hidden: d, embeddingScale }: ModelConfig,
): void {
  for (let row = 0; row < tokenIds.length; row++) {
    const to = tokenIds[row]! * d
    const from = row * d
    for (let i = 0; i < d; i++) sum[to + i]! += dx[from + i]! * embeddingScale
  }
}
