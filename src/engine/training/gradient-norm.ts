import { AppError } from '../../contract/errors.ts'
import type { TensorMap } from './optimizer.ts'

/**
 * Global L2 norm of all gradients, summed in float64 in the order of the names, so it does not depend on how the
 * map was filled. Throws NOT_FINITE, naming the tensors, where a gradient holds NaN or infinity.
 */
export function gradNorm(grads: TensorMap): number {
  let total = 0
  const broken: string[] = []
  for (const name of [...grads.keys()].toSorted()) {
    const sum = sumOfSquares(grads.get(name)!)
    if (!Number.isFinite(sum)) broken.push(name)
    total += sum
  }
  if (broken.length > 0) {
    throw new AppError(
      'NOT_FINITE',
      `Expected finite gradients; found NaN or infinity in ${broken.length} of ${grads.size} tensors, first "${broken[0]}". ` +
        'Lower the learning rate, or look for an empty or damaged row in the data.',
      { tensors: broken.slice(0, 10) },
    )
  }
  return Math.sqrt(total)
}

/** The factor that brings a norm to at most `maxNorm`: torch.nn.utils.clip_grad_norm_, whose ε is 1e-6. */
export function clipScale(norm: number, maxNorm: number | null): number {
  return maxNorm === null ? 1 : Math.min(1, maxNorm / (norm + 1e-6))
}

/** Scales all gradients in place to a global norm of at most `maxNorm`. Returns the norm before. */
export function clipGradNorm(grads: TensorMap, maxNorm: number): number {
  const norm = gradNorm(grads)
  const scale = clipScale(norm, maxNorm)
  if (scale < 1) for (const grad of grads.values()) for (let i = 0; i < grad.length; i++) grad[i]! *= scale
  return norm
}

// Four partial sums break the chain of dependent additions; the order is fixed, so the result is reproducible.
function sumOfSquares(x: Float32Array): number {
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  const whole = x.length - (x.length % 4)
  for (let i = 0; i < whole; i += 4) {
    a += x[i]! * x[i]!
    b += x[i + 1]! * x[i + 1]!
    c += x[i + 2]! * x[i + 2]!
    d += x[i + 3]! * x[i + 3]!
  }
  for (let i = whole; i < x.length; i++) a += x[i]! * x[i]!
  return a + b + (c + d)
}
