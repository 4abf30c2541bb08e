import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { TensorFlow } from './library.ts'

/** Brings TensorFlow and its native code into this process. Throws what the package throws. */
export function loadPackage(packageDir: string): { tf: TensorFlow; onCard: boolean } {
  for (const [name, value] of Object.entries(environment)) process.env[name] ??= value
  const require = createRequire(join(packageDir, 'package.json'))
  restoreRemovedFunctions(require('node:util') as Record<string, unknown>)
  const tf = require(packageDir) as TensorFlow
  // Where its native code does not start, the library goes on with JavaScript kernels, hundreds of times slower, without a word.
  const { isUsingGpuDevice: onCard } = tf.backend() as { isUsingGpuDevice?: boolean }
  if (onCard === undefined)
    throw new Error("expected kernels of TensorFlow's native code, found JavaScript's: it does not start")
  return { tf, onCard }
}

/** Read by the native code when it starts; what a person has set stays. */
const environment = {
  TF_CPP_MIN_LOG_LEVEL: '1', // no line a device, a warning where one cannot be used
  TF_FORCE_GPU_ALLOW_GROWTH: 'true', // else it takes all of the card's memory at once
  NVIDIA_TF32_OVERRIDE: '0', // float32 products in float32, as everywhere here: TF32 keeps 10 bits of 23
}

/**
 * tfjs-node 4.22 calls util.isNullOrUndefined in each of its kernels, and Node 23 removed it (tensorflow/tfjs#8609); it also
 * calls util.isArray, which is deprecated. These two are put back where they are missing, and nothing else is touched.
 */
function restoreRemovedFunctions(util: Record<string, unknown>): void {
  util['isNullOrUndefined'] ??= (value: unknown): boolean => value === null || value === undefined
  util['isArray'] ??= Array.isArray
}
