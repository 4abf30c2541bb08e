import { Program } from '../../../src/engine/onnx/program.ts'
import { describeLoopOn } from './loop-generation.ts'

describeLoopOn(Program.compile)
