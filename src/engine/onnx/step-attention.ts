import type { OpOf } from '../tensor/op.ts'
import type { ValueType } from '../tensor/shape-rules.ts'
import type { LoweringContext } from './lowering-context.ts'

/**
 * StepAttention (see tensor/op.ts) without a copy of the cache: the token's own key and value are no part of it, but stand
 * beside it. GroupQueryAttention would return both caches whole, as new tensors, at every step.
 * The scores of the token itself stand first, so that those of the cache have their places whatever its capacity: sums over
 * them are then in one order, and a row's bits depend on nothing beside it.
 * The query heads of a key head are the rows of one product.
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
  const query = turned(perHead(q, heads / kvHeads), groupPositions) // [B,Hkv,G,hd]
  const key = turned(perHead(k, 1), positions) // [B,Hkv,1,hd]
  const value = perHead(v, 1)

  const product = (keys: string) =>
    c.one('FusedMatMul', [query, keys], { transB: 1, alpha: { float: scale } }, microsoft)
  const scores = c.one('Concat', [product(key), product(pastK)], { axis: 3 }) // [B,Hkv,G,C+1]
  const cap = c.scalar('f32', softcap)
  const capped = softcap === 0 ? scores : c.one('Mul', [c.one('Tanh', [c.one('Div', [scores, cap])]), cap])
  const weights = c.one('Softmax', [c.one('Add', [capped, mask])], { axis: -1 })
  const part = (start: number, end: number) =>
    c.one('Slice', [weights, c.ints([start]), c.ints([end]), c.ints([3])])
  const ofPast = c.one('MatMul', [part(1, Number.MAX_SAFE_INTEGER), pastV])
  const o = c.one('Add', [ofPast, c.one('Mul', [part(0, 1), value])])
  return [c.one('Reshape', [o, c.ints([-1, heads * headDim])]), key, value]
}
