import type { ModelConfig } from '../model/model-config.ts'
import { disposeOf, type LayeredModel } from '../model/layered-model.ts'
import { SavedActivations } from '../model/saved-activations.ts'
import { batchFeeds, shapeKey, type TokenBatch } from '../model/token-batch.ts'
import { embeddingName, finalNormName, headName } from '../model/weight-names.ts'
import type { DeviceTensor } from '../onnx/device-tensor.ts'
import { TensorScope } from '../onnx/tensor-scope.ts'
import * as t from '../tensor/build.ts'
import { Graph } from '../tensor/graph.ts'
import {
  backwardGraph,
  headGraph,
  lossFeeds,
  type LossTerms,
  type MicroBatchResult,
  type PassOptions,
} from './layered-gradients.ts'

/** The sums of a step's gradients on the device, by the names of what is trained. */
export type ResidentGradients = Map<string, DeviceTensor>

/**
 * The micro-batch of `accumulateGradients` for a model whose weights lie on the device: hidden states go from program to program
 * there, and each program adds its gradients to the sums that it is fed. What comes back is the loss, and the log-probs and
 * entropies of the response tokens. `sums` takes new tensors in the place of old ones; where it lacks a name, the sum begins.
 */
export async function accumulateOnDevice(
  model: LayeredModel,
  batch: TokenBatch,
  terms: LossTerms,
  sums: ResidentGradients,
  { dropout = null, lossScale = null, savedBytes = 0 }: Omit<PassOptions, 'isFirst'> = {},
): Promise<MicroBatchResult> {
  const { config } = model
  const isFull = model.adapter === null
  const saved = new SavedActivations(config, batch.tokenRows, savedBytes)
  const scope = new TensorScope()
  const put = (name: string, sum: DeviceTensor): void => {
    sums.get(name)?.dispose()
    sums.set(name, sum)
  }
  try {
    const states = await model.hiddenStates(batch, dropout, saved)
    scope.hold(...states)
    const headSums = { 'd finalNorm': finalNormName, 'd head': headName(config) }
    const known = isFull ? sumsOf(sums, headSums) : {}
    const head = await model.programs.get(
      `resident head ${batch.tokenRows} ${terms.rowIndex.length} ${terms.pairs} ${terms.lossType} ${lossScale !== null} ${isAdded(known)}`,
      () =>
        adding(
          headGraph(config, batch.tokenRows, terms, { isFull, isScaled: lossScale !== null }),
          isAdded(known),
        ),
      isGradient,
    )
    const out = await head.runOnDevice({
      x: states[config.layers]!,
      finalNorm: await model.fedWeight(finalNormName),
      head: await model.fedWeight(headName(config)),
      ...lossFeeds(terms, lossScale),
      ...known,
    })
    let dy = out.device['d x']!
    scope.hold(dy)
    if (isFull) for (const [output, name] of Object.entries(headSums)) put(name, out.device[output]!)

    for (let layer = config.layers - 1; layer >= 0; layer--) {
      disposeOf(states[layer + 1]) // nothing above this layer's input is needed any more
      const kind = config.kindOfLayer[layer]!
      const form = model.layerForm(dropout)
      const activations = saved.take(layer)
      if (activations) scope.hold(...Object.values(activations))
      const names = Object.fromEntries(
        trainedInLayer(model, layer).map((name) => [`d ${name}`, model.trainablePrefix(layer) + name]),
      )
      const before = sumsOf(sums, names)
      const key = `resident backward ${kind} ${shapeKey(batch)} ${form.dropout} ${activations !== null} ${isAdded(before)}`
      const backward = await model.programs.get(
        key,
        () => adding(backwardGraph(config, kind, batch, form, activations !== null), isAdded(before)),
        isGradient,
      )
      const { device } = await backward.runOnDevice({
        x: states[layer]!,
        dy,
        ...batchFeeds(batch),
        ...(await model.fedLayer(layer, dropout && { key: dropout, rows: batch.tokenRows })),
        ...activations,
        ...before,
      })
      disposeOf(dy, ...(activations ? Object.values(activations) : []))
      dy = device['d x']!
      scope.hold(dy)
      for (const [output, name] of Object.entries(names)) put(name, device[output]!)
    }
    if (isFull) put(embeddingName, await withEmbeddingGradient(model, batch.tokenIds, dy, sums))
    return {
      loss: (out.host['loss'] as Float32Array)[0]!,
      logp: out.host['logp'] as Float32Array,
      entropy: out.host['entropy'] as Float32Array,
    }
  } finally {
    scope.dispose()
    saved.dispose()
  }
}

const isGradient = (output: string): boolean => output.startsWith('d ')
const sumName = (output: string): string => `sum of ${output}`
const isAdded = (sums: object): boolean => Object.keys(sums).length > 0

/** The sums so far as feeds, by the outputs that add to them: of all of these names, or of none. */
function sumsOf(sums: ResidentGradients, names: Record<string, string>): Record<string, DeviceTensor> {
  const found: Record<string, DeviceTensor> = {}
  for (const [output, name] of Object.entries(names)) {
    const sum = sums.get(name)
    if (sum) found[sumName(output)] = sum
  }
  return found
}

/** The same program with every gradient of a weight added to what it is fed of it. */
function adding(graph: Graph, isAdding: boolean): Graph {
  if (!isAdding) return graph
  for (const [output, value] of graph.results) {
    if (!isGradient(output) || output === 'd x') continue
    graph.output(output, t.add(graph.input(sumName(output), 'f32', value.shape), value))
  }
  return graph
}

/** Names within a layer of what is trained. */
function trainedInLayer(model: LayeredModel, layer: number): string[] {
  const prefix = model.trainablePrefix(layer)
  return [...model.trainable.keys()]
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length))
}

/** The sum of the embeddings' gradients with scale·dx of every row added to its token's: a tied head has written there already. */
async function withEmbeddingGradient(
  model: LayeredModel,
  tokenIds: Int32Array,
  dx: DeviceTensor,
  sums: ResidentGradients,
): Promise<DeviceTensor> {
  const { config } = model
  const sum = sums.get(embeddingName)
  const distinct = distinctIds(tokenIds, config.vocab)
  const program = await model.programs.get(
    `resident embedding gradient ${tokenIds.length} ${sum !== undefined}`,
    () => embeddingGradientGraph(config, tokenIds.length, distinct.length, sum !== undefined),
    isGradient,
  )
  const { device } = await program.runOnDevice({ dx, ids: tokenIds, distinct, ...(sum && { sum }) })
  return device['d embedding']!
}

/**
 * Rows of one token are added up by a product with ones where row and token meet, in a fixed order; each token's sum then
 * replaces its row. The [V, D] of a scattered sum never meets more ids than the batch has.
 */
function embeddingGradientGraph(
  { vocab, hidden, embeddingScale }: ModelConfig,
  rows: number,
  tokens: number,
  hasSum: boolean,
): Graph {
  const graph = new Graph()
  const ids = t.reshape(graph.input('ids', 'i32', [rows]), [1, rows])
  const distinct = graph.input('distinct', 'i32', [tokens])
  const meets = t.cast(t.equal(t.reshape(distinct, [tokens, 1]), ids), 'f32') // [U,T]
  const perToken = t.gemm(meets, graph.input('dx', 'f32', [rows, hidden]), { alpha: embeddingScale }) // [U,D]
  const before = hasSum
    ? graph.input('sum', 'f32', [vocab, hidden])
    : t.expand(graph.scalar(0, 'f32'), [vocab, hidden])
  const replaced = hasSum ? t.add(t.gatherRows(before, distinct), perToken) : perToken
  graph.output('d embedding', t.replaceRows(before, replaced, distinct))
  return graph
}

/** The ids of a batch, each once, filled up with others that do not occur: as many as rows, or as the vocabulary has. */
function distinctIds(tokenIds: Int32Array, vocab: number): Int32Array {
  const size = Math.min(tokenIds.length, vocab)
  const seen = new Set(tokenIds)
  for (let id = 0; seen.size < size; id++) seen.add(id)
  return Int32Array.from(seen)
}
