import { backendVariables } from '../../../src/contract/backend.ts'
import type { CompileProgram } from '../../../src/engine/onnx/compiled-program.ts'
import type { TensorFlow } from '../../../src/engine/tensorflow/library.ts'
import { loadPackage } from '../../../src/engine/tensorflow/load-package.ts'
import { checkTensorFlow } from '../../../src/engine/tensorflow/status.ts'
import { TensorFlowProgram } from '../../../src/engine/tensorflow/tensorflow-program.ts'

/**
 * TensorFlow.js on its plain JavaScript kernels: an oracle that shares nothing with ONNX Runtime. Where a person names a
 * folder with tfjs-node-gpu (SPIN_STUDIO_TENSORFLOW), the same tests run on its native kernels.
 */
export const tensorFlow: TensorFlow = process.env[backendVariables.folder]
  ? await nativeKernels()
  : await plainKernels()

export const compileTensorFlow: CompileProgram = (graph, options) =>
  TensorFlowProgram.compile(tensorFlow, graph, options)

async function plainKernels(): Promise<TensorFlow> {
  await import('@tensorflow/tfjs-backend-cpu')
  const tf = await import('@tensorflow/tfjs-core')
  tf.env().set('IS_TEST', true) // else it prints an advertisement for tfjs-node
  return tf
}

async function nativeKernels(): Promise<TensorFlow> {
  const { dir, status } = await checkTensorFlow()
  if (dir === null) throw new Error(`${status.why} ${status.whatToDo}`)
  return loadPackage(dir).tf
}
