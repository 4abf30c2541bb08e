import { gradients } from '../autodiff/gradients.ts'
import { decoderHead } from '../model/decoder-layer.ts'
import { type LayeredModel, layerGraph, type TokenBatch } from '../model/layered-model.ts'
import { embeddingName, finalNormName, headName, layerPrefix } from '../model/weight-names.ts'
import type { ResponseRows } from '../scoring/response-scores.ts'
import * as t from '../tensor/build.ts'
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
  lossType: 'sigmoid' | 'hinge'
}

export interface MicroBatchResult {
  loss: number
  /** Log-probs of the response tokens [R], before any update. */
  logp: Float32Array
}

/**
 * One micro-batch forward and backward. Gradients are added into `into`, which has one array per weight.
 * Layers run from the stored inputs backwards, each recomputing its own forward pass.
 */
export async function accumulateGradients(
  model: LayeredModel,
  batch: TokenBatch,
  terms: LossTerms,
  into: ReadonlyMap<string, Float32Array>,
): Promise<MicroBatchResult> {
  const { config } = model
  const states = await model.hiddenStates(batch)
  const head = await model.programs.get(
    `head ${batch.batch * batch.length} ${terms.rowIndex.length} ${terms.pairs} ${terms.lossType}`,
    () => headGraph(config, batch, terms),
  )
  const out = await head.run({
    x: states[config.layers]!,
    rowIndex: terms.rowIndex,
    targetIds: terms.targetIds,
    finalNorm: model.weight(finalNormName),
    head: model.weight(headName(config)),
    pairing: terms.pairing,
    opponentMargin: terms.opponentMargin,
    pairWeight: terms.pairWeight,
    tokenWeight: terms.tokenWeight,
    beta: Float32Array.of(terms.beta),
  })
  addInto(into.get(finalNormName)!, out['d finalNorm'] as Float32Array)
  addInto(into.get(headName(config))!, out['d head'] as Float32Array)

  let dy = out['d x'] as Float32Array
  for (let layer = config.layers - 1; layer >= 0; layer--) {
    const kind = config.kindOfLayer[layer]!
    const backward = await model.programs.get(`backward ${kind} ${batch.batch}x${batch.length}`, () =>
      backwardGraph(config, kind, batch),
    )
    const result = await backward.run({ x: states[layer]!, dy, ...model.layerFeeds(layer) })
    states.length = layer // nothing above this layer's input is needed any more
    for (const [name, gradient] of Object.entries(result)) {
      if (name === 'd x') dy = gradient as Float32Array
      else addInto(into.get(layerPrefix(layer) + name.slice(2))!, gradient as Float32Array)
    }
  }
  addEmbeddingGradient(into.get(embeddingName)!, batch.tokenIds, dy, config)
  return { loss: (out['loss'] as Float32Array)[0]!, logp: out['logp'] as Float32Array }
}

/** The recomputed forward of one layer and its gradients: outputs `d x` and `d <weight>`. */
function backwardGraph(config: ModelConfig, kind: number, { batch, length }: TokenBatch): Graph {
  const { graph, x, y, weights } = layerGraph(config, kind, batch, length, 'f32')
  const dy = graph.input('dy', 'f32', y.shape)
  const names = ['x', ...weights.keys()]
  gradients(new Map([[y, dy]]), [x, ...weights.values()]).forEach((g, i) => graph.output(`d ${names[i]}`, g))
  return graph
}

function headGraph(
  config: ModelConfig,
  { batch, length }: TokenBatch,
  { rowIndex, pairs, lossType }: LossTerms,
): Graph {
  const rows = rowIndex.length
  const graph = new Graph()
  const x = graph.input('x', 'f32', [batch * length, config.hidden])
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
  const [dx, dNorm, dHead] = gradients(new Map([[loss, graph.scalar(1, 'f32')]]), [x, finalNorm, head])
  for (const [name, value] of Object.entries({
    loss,
    logp,
    'd x': dx!,
    'd finalNorm': dNorm!,
    'd head': dHead!,
  }))
    graph.output(name, value)
  return graph
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
