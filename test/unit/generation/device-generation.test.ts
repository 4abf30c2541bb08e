import { describe } from 'vitest'
import { Program } from '../../../src/engine/onnx/program.ts'
import { describeGenerationOn } from './device-generation.ts'

// What test/webgpu runs on WebGPU: the same graphs, with arrays in the place of the device's memory.
describe('generation as on a device, by the kernels of the processor', { timeout: 60_000 }, () => {
  describeGenerationOn(Program.compile)
})
