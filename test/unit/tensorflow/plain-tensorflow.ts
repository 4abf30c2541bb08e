import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import type { CompileProgram } from '../../../src/engine/onnx/compiled-program.ts'
import type { TensorFlow } from '../../../src/engine/tensorflow/library.ts'
import { TensorFlowProgram } from '../../../src/engine/tensorflow/tensorflow-program.ts'

/** TensorFlow.js on its plain JavaScript kernels: an oracle that shares nothing with ONNX Runtime. */
export const tensorFlow: TensorFlow = tf
tf.env().set('IS_TEST', true) // else it prints an advertisement for tfjs-node

export const compileTensorFlow: CompileProgram = (graph, options) =>
  TensorFlowProgram.compile(tensorFlow, graph, options)
