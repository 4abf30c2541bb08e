import { Program } from '../../../src/engine/onnx/program.ts'
import { describeLoopLogitsOn } from './describe-loop-logits.ts'
import { describeLoopOn } from './loop-generation.ts'

describeLoopOn(Program.compile)
describeLoopLogitsOn(Program.compile)
