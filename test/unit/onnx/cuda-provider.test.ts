import { expect, test } from 'vitest'
import {
  type CudaSearch,
  cudaUnusable,
  parseMissing,
  requireCuda,
} from '../../../src/engine/onnx/cuda-provider.ts'

const ready: CudaSearch = {
  platform: 'linux',
  arch: 'x64',
  folder: '/cuda',
  exists: () => true,
  missingLibraries: () => [],
}
const notLoaded = new Error('OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library')

test('a missing provider is named, with where it was looked for and how to get it', () => {
  const found = cudaUnusable(notLoaded, { ...ready, exists: (path) => path.includes('shared') })
  expect(found.code).toBe('BACKEND_UNUSABLE')
  expect(found.message).toMatch(/Not found: libonnxruntime_providers_cuda\.so \(looked for in \/cuda\)/)
  expect(found.message).toMatch(/Set up CUDA.*SPIN_STUDIO_CUDA/)
})

test('missing libraries are named once, and the driver is told apart from the toolkit', () => {
  const without = (...files: string[]) =>
    cudaUnusable(notLoaded, { ...ready, missingLibraries: () => files }).message
  expect(without('libcuda.so.1')).toMatch(/missing: libcuda\.so\.1\. Install NVIDIA's driver/)
  expect(without('libcuda.so.1')).not.toMatch(/CUDA libraries of these versions/)
  expect(without('libcudnn.so.9')).toMatch(/missing: libcudnn\.so\.9\. Install cuDNN 9/)
  expect(without('libcudnn.so.9')).not.toMatch(/CUDA libraries of these versions/)
  const both = without('libcublas.so.12', 'libcuda.so.1')
  expect(both).toMatch(/missing: libcublas\.so\.12, libcuda\.so\.1\./)
  expect(both).toMatch(/driver.*CUDA libraries of these versions/)
})

test('what is missing is said before anything is compiled', () => {
  expect(() => requireCuda({ ...ready, exists: () => false })).toThrow(
    /Not found: libonnxruntime_providers_shared/,
  )
  expect(() => requireCuda(ready)).not.toThrow()
})

test('where all is there, what CUDA said is passed on', () => {
  const said = new Error(
    'cuda_call.cc:154 CudaCall(ERRTYPE, const char*) CUDA failure 100: no CUDA-capable device is detected ; GPU=-1 ; hostname=vm',
  )
  const found = cudaUnusable(said, ready)
  expect(found.message).toMatch(/\(CUDA failure 100: no CUDA-capable device is detected\)/)
  expect(found.message).toMatch(/nvidia-smi/)
})

test('memory that ran out is OUT_OF_MEMORY, not an unusable backend', () => {
  expect(cudaUnusable(new Error('CUDA failure 2: out of memory ; GPU=0'), ready).code).toBe('OUT_OF_MEMORY')
})

test('other systems are sent to WebGPU', () => {
  expect(cudaUnusable(notLoaded, { ...ready, platform: 'win32' }).message).toMatch(/Linux x64 alone.*webgpu/)
})

test("what the loader's list says is not found", () => {
  const listed =
    '\tlibcublas.so.12 => not found\n\tlibm.so.6 => /lib/libm.so.6 (0x7f)\n\tlibcuda.so.1 => not found\n'
  expect(parseMissing(listed)).toEqual(['libcublas.so.12', 'libcuda.so.1'])
})
