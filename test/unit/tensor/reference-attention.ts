import { read, tensor, type Tensor } from './reference-tensor.ts'

/**
 * CachedAttention by its definition. A call of T > 1 tokens is a prompt at positions 0 … T−1; a call of one token
 * stands at its row's last position. Outputs of padding are 0 here and undefined in the kernel.
 * B rows, H query heads, Hkv key heads, hd head size, C capacity.
 */
export function referenceAttention(
  inputs: readonly Tensor[],
  op: { heads: number; kvHeads: number; scale: number },
): Tensor[] {
  const [q, k, v, pastK, pastV, last, , cos, sin] = inputs as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ]
  const [batch, tokens] = q.shape as [number, number]
  const [, , , headDim] = pastK.shape as [number, number, number, number]
  const half = headDim / 2
  const length = (b: number): number => last.data[b]! + 1
  const position = (b: number, t: number): number => (tokens > 1 ? t : length(b) - 1)
  const turned = (x: Tensor, b: number, t: number, head: number, i: number): number => {
    const at = (j: number) => read(x, [b, t, head * headDim + j])
    const [c, s] = [cos, sin].map((table) => read(table, [position(b, t), i % half])) as [number, number]
    return at(i) * c + (i < half ? -s * at(i + half) : s * at(i - half))
  }
  const cache = (past: Tensor, fresh: (b: number, t: number, head: number, i: number) => number) =>
    tensor(past.shape, ([b, head, at, i]) => {
      for (let t = 0; t < tokens; t++)
        if (position(b!, t) === at && at < length(b!)) return fresh(b!, t, head!, i!)
      return at! < length(b!) ? read(past, [b!, head!, at!, i!]) : 0
    })
  const keys = cache(pastK, (b, t, head, i) => turned(k, b, t, head, i))
  const values = cache(pastV, (b, t, head, i) => read(v, [b, t, head * headDim + i]))
  const group = op.heads / op.kvHeads
  const output = tensor(q.shape, () => 0)
  for (let b = 0; b < batch; b++) {
    for (let t = 0; t < tokens; t++) {
      const here = position(b, t)
      if (here >= length(b)) continue
      for (let head = 0; head < op.heads; head++) {
        const kv = Math.floor(head / group)
        const range = Array.from({ length: headDim }, (_, i) => i)
        const query = range.map((i) => turned(q, b, t, head, i))
        const powers = Array.from({ length: here + 1 }, (_, j) =>
          Math.exp(op.scale * range.reduce((sum, i) => sum + query[i]! * read(keys, [b, kv, j, i]), 0)),
        )
        const total = powers.reduce((a, c) => a + c)
        for (const i of range) {
          const mixed = powers.reduce((sum, p, j) => sum + (p / total) * read(values, [b, kv, j, i]), 0)
          output.data[(b * tokens + t) * q.shape[2]! + head * headDim + i] = mixed
        }
      }
    }
  }
  return [output, keys, values]
}

/** StepAttention by its definition. */
export function referenceStepAttention(
  inputs: readonly Tensor[],
  op: { heads: number; kvHeads: number; scale: number; softcap: number },
): Tensor[] {
  const [q, k, v, pastK, pastV, mask, positions, , cos, sin] = inputs as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ]
  const [rows, , capacity, headDim] = pastK.shape as [number, number, number, number]
  const half = cos.shape[1]!
  const turned = (x: Tensor, b: number, head: number, i: number): number => {
    const at = (j: number) => read(x, [b, head * headDim + j])
    if (i >= 2 * half) return at(i)
    const [c, s] = [cos, sin].map((table) => read(table, [read(positions, [b, 0]), i % half])) as [
      number,
      number,
    ]
    return at(i) * c + (i < half ? -s * at(i + half) : s * at(i - half))
  }
  const added = [rows, op.kvHeads, 1, headDim]
  const key = tensor(added, ([b, head, , i]) => turned(k, b!, head!, i!))
  const value = tensor(added, ([b, head, , i]) => read(v, [b!, head! * headDim + i!]))
  const o = tensor(q.shape, ([b, column]) => {
    const [head, i] = [Math.floor(column! / headDim), column! % headDim]
    const kv = Math.floor(head / (op.heads / op.kvHeads))
    const of = (own: Tensor, past: Tensor, j: number, d: number) =>
      j === 0 ? read(own, [b!, kv, 0, d]) : read(past, [b!, kv, j - 1, d])
    const powers = Array.from({ length: capacity + 1 }, (_, j) => {
      let score = 0
      for (let d = 0; d < headDim; d++) score += turned(q, b!, head, d) * of(key, pastK, j, d)
      score *= op.scale
      const capped = op.softcap === 0 ? score : op.softcap * Math.tanh(score / op.softcap)
      return Math.exp(capped + read(mask, [b!, 0, 0, j]))
    })
    const total = powers.reduce((a, c) => a + c)
    return powers.reduce((sum, power, j) => sum + (power / total) * of(value, pastV, j, i), 0)
  })
  return [o, key, value]
}
