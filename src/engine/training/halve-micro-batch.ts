import { AppError } from '../../contract/errors.ts'
import type { LayeredModel } from '../model/layered-model.ts'
import { outOfMemoryOr } from '../onnx/out-of-memory.ts'

/**
 * After a failed step: half the micro-batch where memory ran out, so that accumulation keeps the effective batch. The
 * compiled programs are released first: their arenas hold memory for shapes that come no more. Throws any other error
 * as it is, and OUT_OF_MEMORY where a single row does not fit.
 */
export async function halveMicroBatch(
  error: unknown,
  microBatch: number,
  model: Pick<LayeredModel, 'release'>,
): Promise<number> {
  const cause = outOfMemoryOr(error)
  if (!(cause instanceof AppError) || cause.code !== 'OUT_OF_MEMORY') throw error
  if (microBatch === 1) {
    throw new AppError(
      'OUT_OF_MEMORY',
      'Memory ran out with a single row at a time. Lower the maximum length, train an adapter (LoRA) instead of all ' +
        'weights, or use a quantized base (QLoRA). The last checkpoint is whole.',
      {},
      { cause },
    )
  }
  await model.release()
  return Math.floor(microBatch / 2)
}
