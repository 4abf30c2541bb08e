import * as t from '../../tensor/build.ts'
import { Graph } from '../../tensor/graph.ts'
import type { ModelConfig } from '../../model/model-config.ts'
import type { WeightPlace } from '../decode-graph.ts'
import { type FedWeights, nothingFed } from '../fed-weights.ts'
import type { LayerCache } from './loop-attention.ts'
import { roundGraph } from './loop-round.ts'
import { freeSlots, slotNames } from './loop-state.ts'
import { type LoopShape, type LoopValues, loopValues } from './loop-values.ts'

/**
 * Continuous batching as one program that nothing leaves before it ends but the answers: on CUDA the binding for Node fetches
 * every output, so a cache that came back between two steps would cost more than the step. A Loop of rounds; a round reads a
 * group of prompts where enough slots are free, makes up to K tokens in every slot (a Loop within) and adds their keys and
 * values to the cache. It ends when all is answered, when fewer than `least` answers are in the making and no prompt is left,
 * or when the budget is spent; answers in the making are read again as prompts by the next call, which costs less than to fetch
 * and send their cache.
 *
 * Inputs: the queue (see PromptQueue); uniforms f32 [M] and made i32 [M], M = J·N + B, all −1: N for each item; rowWidth i32 [1],
 * N; temperature f32 []; budget and least i32 [1]; capacity i64 [1], C ≥ the longest answer + K; columns i32 [C], 0, 1, …; per
 * layer kind cos0, sin0, … f32 [≥ C, r/2].
 * Outputs: made, with the tokens of each answer, EOS included, in their places; spent i32 [1], steps; with `logits` logits
 * f32 [M, V], rows of made.
 */
export function loopGraph(
  config: ModelConfig,
  shape: LoopShape,
  place: WeightPlace,
  fed: FedWeights = nothingFed,
): Graph {
  const graph = new Graph()
  const values = loopValues(graph, config, shape, place, fed)
  const { made } = values
  const logits = shape.logits
    ? [
        t.mul(
          t.reshape(t.cast(made, 'f32'), [-1, 1]),
          graph.constant(new Float32Array(config.vocab), 'f32', [1, config.vocab]),
        ),
      ]
    : []
  const zero = graph.constant(Int32Array.of(0), 'i32', [1])
  const round = roundGraph(values)
  const initial = [
    ...slotNames.map((name) => freeSlots(graph, shape.slots)[name]),
    zero,
    zero,
    made,
    ...logits,
    ...emptyCaches(values).flatMap(({ key, value }) => [key, value]),
  ]
  const outputs = graph.applyAll(
    { kind: 'Loop', body: round, trips: Number.MAX_SAFE_INTEGER, carried: initial.length, stacked: 0 },
    initial,
  )
  const at = slotNames.length
  graph.output('spent', outputs[at + 1]!)
  graph.output('made', outputs[at + 2]!)
  if (shape.logits) graph.output('logits', outputs[at + 3]!)
  return graph
}

/** [B, Hkv, C, hd] each. A row of zeros is taken C times: its size is known at run time alone. */
function emptyCaches({ graph, config, shape, columns }: LoopValues): LayerCache[] {
  const { kvHeads, headDim, layers } = config
  const size = [shape.slots, kvHeads, 1, headDim]
  const zeros = t.cast(
    graph.constant(new Float32Array(shape.slots * kvHeads * headDim), 'f32', size),
    shape.compute,
  )
  const empty = graph.apply({ kind: 'GatherAxis', axis: 2 }, [zeros, t.mul(columns, graph.scalar(0, 'i32'))])
  return Array.from({ length: layers }, () => ({ key: empty, value: empty }))
}
