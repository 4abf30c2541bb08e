import { read, tensor, type Tensor } from './reference-tensor.ts'

interface Form {
  heads: number
  kvHeads: number
  scale: number
  window: number | null
  softcap: number
}

/** What one query of one head sees: the key slots, their weights and capped scores. */
interface Sight {
  row: number // of q
  head: number
  kvHead: number
  seen: { row: number; weight: number; score: number }[] // row of k and v
}

/** SequenceAttention by its definition, query by query. */
export function referenceSequenceAttention(x: readonly Tensor[], form: Form): Tensor {
  const [q, , v] = x as [Tensor, Tensor, Tensor]
  const d = q.shape[1]! / form.heads
  const o = tensor(q.shape, () => 0)
  for (const { row, head, kvHead, seen } of sights(x, form))
    for (let i = 0; i < d; i++)
      o.data[row * q.shape[1]! + head * d + i] = seen.reduce(
        (sum, key) => sum + key.weight * read(v, [key.row, kvHead * d + i]),
        0,
      )
  return o
}

/** Its gradients: dv = w·g, ds = w·(g·v − g·o), dq = ds·k, dk = ds·q. */
export function referenceSequenceAttentionGrad([g, o, ...x]: readonly Tensor[], form: Form): Tensor[] {
  const [q, k, v] = x as [Tensor, Tensor, Tensor]
  const d = q.shape[1]! / form.heads
  const [dq, dk, dv] = [q, k, v].map(({ shape }) => tensor(shape, () => 0)) as [Tensor, Tensor, Tensor]
  const dot = (a: Tensor, b: Tensor, at: [number, number], other: [number, number]) => {
    let sum = 0
    for (let i = 0; i < d; i++) sum += read(a, [at[0], at[1] * d + i]) * read(b, [other[0], other[1] * d + i])
    return sum
  }
  for (const { row, head, kvHead, seen } of sights(x, form)) {
    const own = dot(g!, o!, [row, head], [row, head])
    for (const key of seen) {
      const slope = form.softcap === 0 ? 1 : 1 - (key.score / form.softcap) ** 2
      const ds = form.scale * slope * key.weight * (dot(g!, v, [row, head], [key.row, kvHead]) - own)
      for (let i = 0; i < d; i++) {
        const [query, at] = [row * q.shape[1]! + head * d + i, key.row * k.shape[1]! + kvHead * d + i]
        dq.data[query]! += ds * k.data[at]!
        dk.data[at]! += ds * q.data[query]!
        dv.data[at]! += key.weight * g!.data[query]!
      }
    }
  }
  return [dq, dk, dv]
}

function sights([q, k, , queryAt, keyAt]: readonly Tensor[], form: Form): Sight[] {
  const { heads, kvHeads, scale, window, softcap } = form
  const [sequences, slots] = queryAt!.shape as [number, number]
  const keySlots = keyAt!.shape[1]!
  const d = q!.shape[1]! / heads
  const found: Sight[] = []
  for (let sequence = 0; sequence < sequences; sequence++)
    for (let slot = 0; slot < slots; slot++)
      for (let head = 0; head < heads; head++) {
        const kvHead = Math.floor((head * kvHeads) / heads)
        const row = sequence * slots + slot
        const here = read(queryAt!, [sequence, slot])
        const scored = Array.from({ length: keySlots }, (_, at) => at)
          .filter((at) => {
            const there = read(keyAt!, [sequence, at])
            return there <= here && (window === null || there > here - window)
          })
          .map((at) => {
            const key = sequence * keySlots + at
            let score = 0
            for (let i = 0; i < d; i++)
              score += scale * read(q!, [row, head * d + i]) * read(k!, [key, kvHead * d + i])
            return { row: key, score: softcap === 0 ? score : softcap * Math.tanh(score / softcap) }
          })
        const total = scored.reduce((sum, { score }) => sum + Math.exp(score), 0)
        const seen = scored.map((key) => ({ ...key, weight: Math.exp(key.score) / total }))
        found.push({ row, head, kvHead, seen })
      }
  return found
}
