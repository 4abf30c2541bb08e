import { AppError } from '../../contract/errors.ts'
import type { TensorMap } from './optimizer.ts'

/** The gradient of a parameter, checked to have its length. */
export function gradientOf(grads: TensorMap, name: string, length: number): Float32Array {
  const grad = grads.get(name)
  if (grad?.length !== length) {
    throw new AppError(
      'BAD_INPUT',
      `Parameter "${name}" of ${length} numbers needs a gradient of the same length; found ${grad?.length ?? 'none'}.`,
      { parameter: name, expected: length, found: grad?.length ?? null },
    )
  }
  return grad
}

/** Copies a saved state into the live one, tensor by tensor. */
export function copyState(from: TensorMap, into: ReadonlyMap<string, Float32Array>): void {
  for (const [name, target] of into) {
    const source = from.get(name)
    if (source?.length !== target.length) {
      throw new AppError(
        'BAD_INPUT',
        `The saved optimizer state must hold "${name}" with ${target.length} numbers; found ${source?.length ?? 'none'}. ` +
          'It belongs to another model or another optimizer: start this training anew.',
        { tensor: name, expected: target.length, found: source?.length ?? null },
      )
    }
    target.set(source)
  }
}
