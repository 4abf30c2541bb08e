import * as t from '../tensor/build.ts'
import type { Value } from '../tensor/graph.ts'

/** What is baked into a decode program; the temperature itself is an input. */
export interface SamplingShape {
  greedy: boolean
  topK: number // 0 = off
  topP: number // 1 = off
}

/**
 * logits [B,V] → token ids i32 [B], by inverse transform on one host uniform per row, u in (0,1): a row's token depends
 * on its own logits and uniform alone, whatever stands beside it in the batch.
 * Order as in Hugging Face: temperature, top-k, top-p.
 */
export function sampleTokens(logits: Value, shape: SamplingShape, temperature: Value, uniform: Value): Value {
  const { graph } = logits
  if (shape.greedy) return t.cast(graph.apply({ kind: 'ArgMax' }, [logits]), 'i32')
  const [batch, vocab] = logits.shape as [number, number]
  const scaled = t.div(logits, temperature)
  if (shape.topK === 0 && shape.topP === 1) return t.cast(pick(t.softmax(scaled), uniform), 'i32')

  const k = shape.topK > 0 ? Math.min(shape.topK, vocab) : vocab
  const [values, indices] = graph.applyAll({ kind: 'TopK', k }, [scaled])
  let weights = t.softmax(values!) // [B,k], descending
  if (shape.topP < 1) {
    // A token stays while the mass before it is below p, so the most likely one always stays.
    const before = graph.apply({ kind: 'CumSum', exclusive: true }, [weights])
    const kept = graph.apply({ kind: 'Less' }, [before, graph.scalar(shape.topP, 'f32')])
    weights = t.mul(weights, t.cast(kept, 'f32'))
  }
  const choice = t.reshape(t.cast(pick(weights, uniform), 'i64'), [batch, 1])
  return t.cast(
    t.reshape(graph.apply({ kind: 'GatherElements', axis: 1 }, [indices!, choice]), [batch]),
    'i32',
  )
}

/** The first index whose cumulative weight reaches u · total: weights [B,N], uniform [B] → f32 [B] (exact below 2²⁴). */
function pick(weights: Value, uniform: Value): Value {
  const { graph } = weights
  const [batch, size] = weights.shape as [number, number]
  const cumulative = graph.apply({ kind: 'CumSum', exclusive: false }, [weights])
  const target = t.mul(t.slice(cumulative, 1, size - 1, size), t.reshape(uniform, [batch, 1]))
  return t.reduceSum(t.cast(graph.apply({ kind: 'Less' }, [cumulative, target]), 'f32'), [1])
}
