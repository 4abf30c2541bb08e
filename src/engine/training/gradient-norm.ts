import { AppError } from '../../contract/errors.ts'
import { type ElementPool, inlinePool } from './element-pool.ts'
import { rangeCount } from './element-work.ts'
import type { TensorMap } from './optimizer.ts'

/**
 * The global L2 norm of gradients that stay in the same arrays: call it after every change. Squares are summed in float64
 * by ranges of fixed size, and those sums in the order of the names, so the norm depends neither on how the map was
 * filled nor on the pool's threads. Throws NOT_FINITE, naming the tensors, where a gradient holds NaN or infinity.
 */
export function gradientNorm(grads: TensorMap, pool: ElementPool = inlinePool): () => number {
  let count = 0
  const places = [...grads.keys()].toSorted().map((name) => {
    const { length } = grads.get(name)!
    const place = { name, length, first: count, end: count + rangeCount(length) }
    count = place.end
    return place
  })
  const sums = pool.float64(count)
  const work = pool.prepare(
    'squares',
    places.map(({ name, length, first }) => ({
      arrays: [grads.get(name)!, sums],
      length,
      constants: [first],
    })),
  )
  return () => {
    work.run([])
    let total = 0
    const broken: string[] = []
    for (const { name, first, end } of places) {
      let sum = 0
      for (let i = first; i < end; i++) sum += sums[i]!
      if (!Number.isFinite(sum)) broken.push(name)
      total += sum
    }
    if (broken.length > 0) throw notFinite(broken, grads.size)
    return Math.sqrt(total)
  }
}

export function notFinite(broken: readonly string[], count: number): AppError {
  return new AppError(
    'NOT_FINITE',
    `Expected finite gradients; found NaN or infinity in ${broken.length} of ${count} tensors, first "${broken[0]}". ` +
      'Lower the learning rate, or look for an empty or damaged row in the data.',
    { tensors: broken.slice(0, 10) },
  )
}

/** The factor that brings a norm to at most `maxNorm`: torch.nn.utils.clip_grad_norm_, whose ε is 1e-6. */
export function clipScale(norm: number, maxNorm: number | null): number {
  return maxNorm === null ? 1 : Math.min(1, maxNorm / (norm + 1e-6))
}
