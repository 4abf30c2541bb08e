import { AppError } from '../../contract/errors.ts'

export interface SmallerBatch {
  /** Rows that were computed at once. */
  size: number
  /** Fewer are never tried. */
  least: number
  /** Where even they do not fit: what it was and what to do about it. */
  advice: string
  /** Frees the compiled programs: their arenas hold memory for shapes that come no more. */
  release: () => Promise<void>
}

/**
 * After something failed: half the rows where memory ran out. Throws any other error as it is, and OUT_OF_MEMORY where
 * the least number does not fit.
 */
export async function halvedAfter(
  error: unknown,
  { size, least, advice, release }: SmallerBatch,
): Promise<number> {
  const cause = outOfMemoryOr(error)
  if (!(cause instanceof AppError) || cause.code !== 'OUT_OF_MEMORY') throw error
  if (size <= least) throw new AppError('OUT_OF_MEMORY', advice, {}, { cause })
  await release()
  return Math.max(least, Math.floor(size / 2))
}

/**
 * The error as OUT_OF_MEMORY where it says that memory could not be had: the own words of ONNX Runtime and of TensorFlow, the C++ standard
 * library's (bad_alloc), or V8's for an array that it could not allocate. Anything else comes back as it is.
 */
export function outOfMemoryOr(error: unknown): unknown {
  if (error instanceof AppError) return error
  const message = error instanceof Error ? error.message : String(error)
  if (
    !/failed to allocate|allocation failed|OOM when allocating|out of memory|bad_alloc|not enough memory/i.test(
      message,
    )
  )
    return error
  return new AppError(
    'OUT_OF_MEMORY',
    `The device ran out of memory (${message.slice(0, 200)}). Use a smaller micro-batch or a shorter maximum length.`,
    {},
    { cause: error },
  )
}
