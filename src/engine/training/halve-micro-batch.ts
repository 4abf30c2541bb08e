import { halvedAfter } from '../onnx/out-of-memory.ts'

/**
 * After a failed step: half the micro-batch where memory ran out, so that accumulation keeps the effective batch. Throws
 * any other error as it is, and OUT_OF_MEMORY where a single row does not fit.
 */
export function halveMicroBatch(
  error: unknown,
  microBatch: number,
  release: () => Promise<void>,
): Promise<number> {
  return halvedAfter(error, {
    size: microBatch,
    least: 1,
    advice:
      'Memory ran out with a single row at a time. Lower the maximum length, train an adapter (LoRA) instead of all ' +
      'weights, or use a quantized base (QLoRA). The last checkpoint is whole.',
    release,
  })
}
