import { describeKernelsOn } from '../unit/onnx/describe-kernels.ts'
import { compileCuda, noCard } from './card.ts'

describeKernelsOn({ name: 'CUDA', compile: compileCuda, skip: noCard !== null })
