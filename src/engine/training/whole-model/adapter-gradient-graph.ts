import type { TrainingSettings } from '../../../contract/settings.ts'
import { gradients } from '../../autodiff/gradients.ts'
import {
  adaptedLinears,
  adapterPrefix,
  type AdapterShape,
  lowRankNames,
} from '../../model/adapter/adapter.ts'
import { adaptedWeights } from '../../model/adapter/adapted-weights.ts'
import { keptName } from '../../model/adapter/layer-inputs.ts'
import { type Attend, biasOf, decoderHead, decoderLayer, plainWeights } from '../../model/decoder-layer.ts'
import type { ModelConfig } from '../../model/model-config.ts'
import { embeddingName, finalNormName, headName, layerPrefix } from '../../model/weight-names.ts'
import * as t from '../../tensor/build.ts'
import { Graph, type Value } from '../../tensor/graph.ts'
import { pairLoss } from '../pair-loss.ts'
import type { FrozenWeights } from './frozen-weights.ts'
import { type SequenceInputs, sequenceInputs } from './sequence-slots.ts'

// T rows, R response rows, P pairs, D hidden, L layers, r rank; all but the model's own sizes are known at run time alone.

/** Name of the input that says which inputs of a layer's module dropout keeps. */
export const keptInput = (layer: number, module: string): string => `${layerPrefix(layer)}${keptName(module)}`

/**
 * One micro-batch of an adapter's training as one program: the weights are initializers, so a device holds them from the first
 * call to the last; what is fed and fetched is tokens, loss terms, and A and B with their gradients.
 * Every layer's forward pass is computed twice, the second time for its gradients (gradient checkpointing). Fences see to
 * it: the second waits for the gradient from above, and the layer below for the gradients of this one's A and B, so that no
 * two layers' activations are alive at once. Without them ONNX Runtime computes both passes of everything first.
 * A program serves batches of every shape, since a session holds the weights once each.
 *
 * Inputs: tokenIds i32 [T]; cos0, sin0, … of each layer kind f32 [T, r/2]; slots of attention (see sequence-slots.ts); rowFrom
 * i32 [R], rowBack i32 [T], targetIds i32 [R]; the loss terms of pair-loss.ts; A and B of every layer; with dropout keptInput
 * of every adapted matrix bool [T, in], keepFactor f32 [].
 * Outputs: loss, logp and entropy [R,1], and `d <name>` of every A and B.
 */
export function adapterGradientGraph(
  config: ModelConfig,
  adapter: AdapterShape,
  weights: FrozenWeights,
  lossType: TrainingSettings['lossType'],
): Graph {
  const graph = new Graph()
  const { layers, embeddingScale } = config
  const layer = layerBuilder(graph, config, adapter, weights)

  const embedded = t.cast(
    t.gatherRows(weights.stored(graph, embeddingName), graph.input('tokenIds', 'i32', [-1])),
    'f32',
  )
  const states = [embeddingScale === 1 ? embedded : t.scale(embedded, embeddingScale)]
  for (let l = 0; l < layers; l++) states.push(layer(l, states[l]!, []).y)

  const x = states[layers]!
  const picked = t.moveRows(x, graph.input('rowFrom', 'i32', [-1]), graph.input('rowBack', 'i32', [-1]))
  const logits = decoderHead(
    config,
    picked,
    weights.value(graph, finalNormName, []),
    weights.value(graph, headName(config), []),
  )
  const logp = t.tokenLogProb(logits, graph.input('targetIds', 'i32', [-1]))
  const loss = pairLoss(
    logp,
    {
      pairing: graph.input('pairing', 'f32', [-1, -1]),
      opponentMargin: graph.input('opponentMargin', 'f32', [-1, 1]),
      pairWeight: graph.input('pairWeight', 'f32', [-1, 1]),
      tokenWeight: graph.input('tokenWeight', 'f32', [-1, 1]),
      beta: graph.input('beta', 'f32', []),
    },
    lossType,
  )
  const measured = { loss, logp, entropy: t.tokenEntropy(logits) }
  for (const [name, value] of Object.entries(measured)) graph.output(name, value)

  // The gradient of the logits begins when nothing else reads what is as large as they.
  const seed = t.fence(graph.scalar(1, 'f32'), Object.values(measured))
  const [dx] = gradients(new Map([[loss, seed]]), [x])
  let dy = dx!
  for (let l = layers - 1; l >= 0; l--) {
    const input = t.fence(states[l]!, [dy])
    const { y, trainable } = layer(l, input, [dy])
    // Nothing is trained below the first layer.
    const wanted = [...trainable.values(), ...(l > 0 ? [input] : [])]
    const found = gradients(new Map([[y, dy]]), wanted)
    for (const [i, name] of [...trainable.keys()].entries()) graph.output(`d ${name}`, found[i]!)
    if (l > 0) dy = t.fence(found.at(-1)!, found.slice(0, -1))
  }
  return graph
}

/** A layer's output and what of it is trained, by full name; `after`: see FrozenWeights.value. */
type BuildLayer = (
  layer: number,
  x: Value,
  after: readonly Value[],
) => { y: Value; trainable: Map<string, Value> }

function layerBuilder(
  graph: Graph,
  config: ModelConfig,
  adapter: AdapterShape,
  weights: FrozenWeights,
): BuildLayer {
  const attends = config.layerKinds.map((_kind, kind) => attention(graph, config, kind))
  const linears = new Map(adaptedLinears(config, adapter).map((linear) => [linear.name, linear]))
  const factor = adapter.dropout > 0 ? graph.input('keepFactor', 'f32', []) : null
  return (layer, x, after) => {
    const trainable = new Map<string, Value>()
    const frozen = plainWeights(
      (name) => weights.value(graph, layerPrefix(layer) + name, after),
      biasOf(config),
    )
    const adapted = adaptedWeights(frozen, (module) => {
      const linear = linears.get(module)
      if (!linear) return null
      const names = lowRankNames(module)
      const matrix = (name: string, shape: number[]) => {
        const full = adapterPrefix(layer) + name
        const value = graph.input(full, 'f32', shape)
        trainable.set(full, value)
        return value
      }
      return {
        a: matrix(names.a, [adapter.rank, linear.input]),
        b: matrix(names.b, [linear.out, adapter.rank]),
        scale: adapter.scale,
        ...(factor && {
          dropout: { kept: graph.input(keptInput(layer, module), 'bool', [-1, linear.input]), factor },
        }),
      }
    })
    return { y: decoderLayer(config, x, adapted, attends[config.kindOfLayer[layer]!]!), trainable }
  }
}

/** Attention of one kind of layers, over sequences of any number and length. */
function attention(graph: Graph, config: ModelConfig, kind: number): Attend {
  const { heads, kvHeads, headDim, attentionScale, attentionSoftcap, layerKinds } = config
  const { window, rope } = layerKinds[kind]!
  const half = rope.inverseFrequencies.length
  const [cos, sin] = [
    graph.input(`cos${kind}`, 'f32', [-1, half]),
    graph.input(`sin${kind}`, 'f32', [-1, half]),
  ]
  const parts = [sequenceInputs(graph, 'prompt'), sequenceInputs(graph, 'answer')]
  const rotated = (x: Value, count: number): Value => {
    const turn = (part: Value) => t.rope(t.reshape(part, [1, -1, count * 2 * half]), cos, sin)
    if (2 * half === headDim) return t.reshape(turn(x), x.shape)
    const perHead = t.reshape(x, [-1, count, headDim])
    const [first, rest] = t.split(perHead, 2, [2 * half, headDim - 2 * half])
    return t.reshape(t.concat([t.reshape(turn(first!), [-1, count, 2 * half]), rest!], 2), x.shape)
  }
  const op = {
    kind: 'SequenceAttention',
    heads,
    kvHeads,
    scale: attentionScale,
    window,
    softcap: attentionSoftcap ?? 0,
  } as const
  return (q, k, v) => {
    const [query, key] = [rotated(q, heads), rotated(k, kvHeads)]
    const attended = ({ queryFrom, queryBack, keyFrom, keyBack, queryAt, keyAt }: SequenceInputs): Value => {
      const o = graph.apply(op, [
        t.moveRows(query, queryFrom, queryBack),
        t.moveRows(key, keyFrom, keyBack),
        t.moveRows(v, keyFrom, keyBack),
        queryAt,
        keyAt,
      ])
      return t.moveRows(o, queryBack, queryFrom)
    }
    // A row is of a prompt or of an answer, and 0 in the other.
    return t.add(attended(parts[0]!), attended(parts[1]!))
  }
}
