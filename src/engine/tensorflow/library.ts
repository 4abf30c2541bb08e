import type * as core from '@tensorflow/tfjs-core'

/**
 * The TensorFlow.js that programs run on. Whichever package brings it (tfjs-node-gpu; tfjs-core with its plain backend in
 * tests), it is the same library over other kernels.
 */
export type TensorFlow = typeof core
export type Tensor = core.Tensor
