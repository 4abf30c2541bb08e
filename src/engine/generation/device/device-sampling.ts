import * as t from '../../tensor/build.ts'
import type { Value } from '../../tensor/graph.ts'
import type { SamplingShape } from '../sampling.ts'

/**
 * Chooses tokens as `sampleTokens` does (logits [B,V] → [B]), by what WebGPU has kernels for: i64 where greedy, else i32. Its
 * TopK gives indices of 64 bits, which no kernel of its takes: what was chosen is known by its value, and found again by it.
 */
export function sampleOnDevice(
  logits: Value,
  shape: SamplingShape,
  temperature: Value,
  uniform: Value,
): Value {
  const { graph } = logits
  if (shape.greedy) return graph.apply({ kind: 'ArgMax' }, [logits])
  const vocab = logits.shape[1]!
  const scaled = t.div(logits, temperature)
  const u = t.reshape(uniform, [-1, 1])
  if (shape.topK === 0 && shape.topP === 1) return t.cast(pick(t.softmax(scaled), u), 'i32')

  const k = shape.topK > 0 ? Math.min(shape.topK, vocab) : vocab
  const [values] = graph.applyAll({ kind: 'TopK', k }, [scaled]) // [B,k], descending
  let weights = t.softmax(values!)
  if (shape.topP < 1) {
    // A token stays while the mass before it is below p, so the most likely one always stays.
    const before = graph.apply({ kind: 'CumSum', exclusive: true }, [weights])
    weights = t.mul(weights, below(before, graph.scalar(shape.topP, 'f32')))
  }
  const place = pick(weights, u) // [B]
  const index = t.reshape(t.cast(place, 'i32'), [-1, 1])
  const chosen = graph.apply({ kind: 'GatherElements', axis: 1 }, [values!, index]) // [B,1]
  // Of equal logits TopK names the lower ids first: it is the (place − greater ones)th of those that equal it.
  const greater = t.reduceSum(below(chosen, values!), [1], true)
  const among = t.sub(t.reshape(place, [-1, 1]), greater)
  const equal = t.cast(graph.apply({ kind: 'Equal' }, [scaled, chosen]), 'f32')
  return t.cast(
    pickAt(equal, () => t.add(among, graph.scalar(0.5, 'f32'))),
    'i32',
  )
}

/** The first index whose cumulative weight reaches u · total: weights [B,N], u [B,1] → f32 [B] (exact below 2²⁴). */
const pick = (weights: Value, u: Value): Value => pickAt(weights, (total) => t.mul(total, u))

/**
 * The first index whose cumulative weight reaches a target. Rows are cut into n blocks of m ≈ √N numbers: the block is found by
 * the sums of the blocks, the number by the sums within it, and what was chosen always has a weight above 0. (WebGPU's CumSum
 * adds up every prefix anew, in N² steps.)
 */
function pickAt(weights: Value, targetOf: (total: Value) => Value): Value {
  const { graph } = weights
  const size = weights.shape[1]!
  const m = Math.ceil(Math.sqrt(size))
  const n = Math.ceil(size / m)
  const blocks = inBlocks(weights, n, m)
  const sums = t.reduceSum(blocks, [2]) // [B,n]
  const reached = t.gemm(sums, triangle(weights, n, false))
  const target = targetOf(t.slice(reached, 1, n - 1, n)) // [B,1]
  const block = t.reduceSum(below(reached, target), [1], true) // [B,1]

  const numbers = graph.constant(
    Float32Array.from({ length: n }, (_, i) => i),
    'f32',
    [1, n],
  )
  const isBlock = t.cast(graph.apply({ kind: 'Equal' }, [numbers, block]), 'f32') // [B,n]
  const start = t.reduceSum(t.mul(isBlock, t.gemm(sums, triangle(weights, n, true))), [1], true)
  const own = t.reshape(t.matMul(t.reshape(isBlock, [-1, 1, n]), blocks), [-1, m])
  const within = t.add(t.gemm(own, triangle(weights, m, false)), start) // [B,m]
  // Sums within a block and sums of blocks round differently: the target must not lie beyond the block's end.
  const end = t.slice(within, 1, m - 1, m)
  const within_ = t.reduceSum(below(within, smaller(target, end)), [1], true)
  return t.reshape(t.add(t.scale(block, m), within_), [-1])
}

/** [B,N] → [B,n,m], with zeros behind the last number. */
function inBlocks(x: Value, n: number, m: number): Value {
  const missing = n * m - x.shape[1]!
  const whole = missing === 0 ? x : t.concat([x, t.scale(t.slice(x, 1, 0, missing), 0)], 1)
  return t.reshape(whole, [-1, n, m])
}

/** Multiplied from the right, it makes cumulative sums: [size,size]. */
function triangle({ graph }: Value, size: number, exclusive: boolean): Value {
  const ones = new Float32Array(size * size)
  for (let row = 0; row < size; row++) ones.fill(1, row * size + row + (exclusive ? 1 : 0), (row + 1) * size)
  return graph.constant(ones, 'f32', [size, size])
}

/** 1 where a < b, else 0. */
const below = (a: Value, b: Value): Value => t.cast(a.graph.apply({ kind: 'Less' }, [a, b]), 'f32')
const smaller = (a: Value, b: Value): Value => t.neg(a.graph.apply({ kind: 'Max' }, [t.neg(a), t.neg(b)]))
