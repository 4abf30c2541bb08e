import { AppError } from '../../contract/errors.ts'

/**
 * The error as OUT_OF_MEMORY where it says that memory could not be had: ONNX Runtime's own words, the C++ standard
 * library's (bad_alloc), or V8's for an array that it could not allocate. Anything else comes back as it is.
 */
export function outOfMemoryOr(error: unknown): unknown {
  if (error instanceof AppError) return error
  const message = error instanceof Error ? error.message : String(error)
  if (!/failed to allocate|allocation failed|out of memory|bad_alloc|not enough memory/i.test(message))
    return error
  return new AppError(
    'OUT_OF_MEMORY',
    `The device ran out of memory (${message.slice(0, 200)}). Use a smaller micro-batch or a shorter maximum length.`,
    {},
    { cause: error },
  )
}
