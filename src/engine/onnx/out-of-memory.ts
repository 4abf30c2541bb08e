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
 * What says that memory could not be had, by who says it:
 * ONNX Runtime's arena, core/framework/bfc_arena.cc: "Failed to allocate memory for requested buffer of size 2081488896", "Available
 * memory of 189612800 is smaller than requested bytes of 221179904". CUDA's allocator by cuda_call.cc: "CUDA failure 2: out of memory ;
 * GPU=0 ; hostname=… ; expr=cudaMalloc((void**)&p, size);", its libraries by name: CUBLAS_STATUS_ALLOC_FAILED, CUDNN_STATUS_ALLOC_FAILED.
 * ONNX Runtime on WebGPU, met on Mesa's software Vulkan: a tensor that is larger than an adapter binds is bound in
 * pieces, and "Too many storage buffers in shader. Current: 20, Max is 16" (webgpu/shader_helper.cc) says that it takes too many of
 * them; "vkCreateBuffer failed with VK_ERROR_OUT_OF_DEVICE_MEMORY" (Dawn, vulkan/VulkanError.cpp), which is only logged: what uses the
 * buffer then fails its validation as "[Invalid Buffer …]". TensorFlow: "OOM when allocating tensor". The C++ library's bad_alloc,
 * and V8's for an array that it could not allocate.
 */
const outOfMemory = [
  /failed to allocate|allocation failed|out of memory|not enough memory|bad_alloc|OOM when allocating/i,
  /Available memory of \d+ is smaller than requested bytes/,
  /CU(BLAS|DNN)_STATUS_ALLOC_FAILED|cudaErrorMemoryAllocation/,
  /Too many storage buffers in shader/,
  /VK_ERROR_OUT_OF_(DEVICE|HOST)_MEMORY|E_OUTOFMEMORY/,
  /WebGPU validation failed[^]*\[Invalid Buffer/,
] as const

/** The error as OUT_OF_MEMORY where it says that memory could not be had. Anything else comes back as it is. */
export function outOfMemoryOr(error: unknown): unknown {
  if (error instanceof AppError) return error
  const message = error instanceof Error ? error.message : String(error)
  if (!outOfMemory.some((pattern) => pattern.test(message))) return error
  return new AppError(
    'OUT_OF_MEMORY',
    `The device ran out of memory (${message.slice(0, 200)}). Use a smaller micro-batch or a shorter maximum length.`,
    {},
    { cause: error },
  )
}
