import type { OpOf } from '../tensor/op.ts'
import type { ValueType } from '../tensor/shape-rules.ts'
import type { LoweringContext } from './lowering-context.ts'

/**
 * From so many numbers of a cached position on (Hkv·hd), each query head is a product of its own. For several rows at once
 * the runtime packs the whole cache again at every step; for one row it reads it where it lies. A step of 160 positions is 1.09 to
 * 1.17 times as fast at 128 numbers, 1.04 times at 192 (measured); with 64, and with short caches, the shapes that the
 * product by row needs cost as much as it gains.
 */
const leastByRow = 128

/**
 * StepAttention (see tensor/op.ts) without a copy of the cache: the token's own key and value are no part of it, but stand
 * beside it. GroupQueryAttention would return both caches whole, as new tensors, at every step.
 * The scores of the token itself stand first, so that those of the cache have their places whatever its capacity: sums over
 * them are then in one order, and a row's bits depend on nothing beside it.
 * The query heads of a key head are the rows of one product, or, where the cache is wide, products of one row each.
 */
export function stepAttention(
  c: LoweringContext,
  names: readonly string[],
  { heads, kvHeads, scale, softcap }: OpOf<'StepAttention'>,
  inputs: readonly ValueType[],
): string[] {
  const [q, k, v, pastK, pastV, mask, positions, groupPositions, cos, sin] = names as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  const microsoft = { domain: 'com.microsoft' } as const
  const headDim = inputs[3]!.shape[3]!
  const rotated = 2 * inputs[8]!.shape[1]!
  const perHead = (x: string, rows: number) => c.one('Reshape', [x, c.ints([-1, kvHeads, rows, headDim])])
  const turned = (x: string, at: string) =>
    c.one(
      'RotaryEmbedding',
      [x, at, cos, sin],
      {
        interleaved: 0,
        ...(rotated === headDim ? {} : { rotary_embedding_dim: rotated, num_heads: kvHeads }),
      },
      microsoft,
    )
  const key = turned(perHead(k, 1), positions) // [B,Hkv,1,hd]
  const value = perHead(v, 1)
  const group = heads / kvHeads
  const isByRow = kvHeads * headDim >= leastByRow
  // [B,Hkv,rows,hd] as rows of their own, [B,Hkv,rows,1,hd]; of caches, one for all rows of a key head, [B,Hkv,1,C,hd].
  const split = (x: string, rows: number) =>
    isByRow ? c.one('Reshape', [x, c.ints([0, kvHeads, rows, -1, headDim])]) : x
  const scaled = isByRow ? c.one('Mul', [q, c.scalar('f32', scale)]) : q
  const query = split(turned(perHead(scaled, group), groupPositions), group)
  const last = isByRow ? 4 : 3 // the axis of numbers; of scores, of positions

  const alpha = { float: isByRow ? 1 : scale } // the kernel of one row takes no other
  const product = (keys: string) => c.one('FusedMatMul', [query, keys], { transB: 1, alpha }, microsoft)
  // [B,Hkv,G,C+1], or [B,Hkv,G,1,C+1]
  const scores = c.one('Concat', [product(split(key, 1)), product(split(pastK, 1))], { axis: last })
  const cap = c.scalar('f32', softcap)
  const capped = softcap === 0 ? scores : c.one('Mul', [c.one('Tanh', [c.one('Div', [scores, cap])]), cap])
  const masked = c.one('Add', [capped, isByRow ? c.one('Unsqueeze', [mask, c.ints([1])]) : mask])
  const weights = c.one('Softmax', [masked], { axis: -1 })
  const part = (start: number, end: number) =>
    c.one('Slice', [weights, c.ints([start]), c.ints([end]), c.ints([last])])
  const ofPast = c.one('MatMul', [part(1, Number.MAX_SAFE_INTEGER), split(pastV, 1)])
  const o = c.one('Add', [ofPast, c.one('Mul', [part(0, 1), split(value, 1)])])
  return [c.one('Reshape', [o, c.ints([-1, heads * headDim])]), key, value]
}
