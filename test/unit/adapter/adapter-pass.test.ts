import { Program } from '../../../src/engine/onnx/program.ts'
import { describeAdapterPassOn } from './describe-adapter-pass.ts'

describeAdapterPassOn(Program.compile)
