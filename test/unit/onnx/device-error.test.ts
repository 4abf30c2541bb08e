import { describe, expect, it } from 'vitest'
import { AppError } from '../../../src/contract/errors.ts'
import { deviceErrorOr } from '../../../src/engine/onnx/device-error.ts'
import { halvedAfter } from '../../../src/engine/onnx/out-of-memory.ts'

/** As they were met, or as the sources named in the code print them. */
const node = "Non-zero status code returned while running MatMul node. Name:'MatMul_0' Status Message: "
const messages: [string, string][] = [
  [
    'OUT_OF_MEMORY',
    `${node}/onnxruntime_src/onnxruntime/core/framework/bfc_arena.cc:376 void* onnxruntime::BFCArena::AllocateRawInternal(size_t, bool, onnxruntime::Stream*) Failed to allocate memory for requested buffer of size 2081488896`,
  ],
  ['OUT_OF_MEMORY', 'Available memory of 189612800 is smaller than requested bytes of 221179904'],
  [
    'OUT_OF_MEMORY',
    'CUDA failure 2: out of memory ; GPU=0 ; hostname=box ; file=/onnxruntime_src/onnxruntime/core/providers/cuda/cuda_allocator.cc ; line=38 ; expr=cudaMalloc((void**)&p, size);',
  ],
  [
    'OUT_OF_MEMORY',
    'CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED ; GPU=0 ; hostname=box ; expr=cublasCreate(&cublas_handle_);',
  ],
  [
    'OUT_OF_MEMORY',
    `${node}/onnxruntime_src/onnxruntime/core/providers/webgpu/shader_helper.cc:306 numbers_storage_buffers_ <= limits_.maxStorageBuffersPerShaderStage was false. Too many storage buffers in shader. Current: 20, Max is 16`,
  ],
  [
    'OUT_OF_MEMORY',
    'vkCreateBuffer failed with VK_ERROR_OUT_OF_DEVICE_MEMORY\n - While calling [Device].CreateBuffer([BufferDescriptor]).',
  ],
  ['OUT_OF_MEMORY', 'WebGPU validation failed. [Invalid Buffer (unlabeled)] is invalid.\n - While encoding'],
  ['OUT_OF_MEMORY', 'OOM when allocating tensor with shape[16,1024,49152] and type float'],
  ['OUT_OF_MEMORY', 'Array buffer allocation failed'],
  [
    'DEVICE_LOST',
    `${node}CUDA failure 700: an illegal memory access was encountered ; GPU=0 ; hostname=box ; expr=cudaStreamSynchronize(stream);`,
  ],
  ['DEVICE_LOST', 'CUDA failure 719: unspecified launch failure ; GPU=0 ; hostname=box'],
  ['DEVICE_LOST', 'CUDA failure 214: uncorrectable ECC error encountered ; GPU=1'],
  ['DEVICE_LOST', 'WebGPU device lost (1): A valid external Instance reference no longer exists.'],
  ['DEVICE_LOST', 'vkQueueSubmit failed with VK_ERROR_DEVICE_LOST\n - While calling [Queue].Submit'],
  ['DEVICE_LOST', '[Device "ort"] is lost.'],
]

describe.each(messages)('%s', (code, message) => {
  it(`is told by: ${message.slice(0, 90)}`, () => {
    const error = deviceErrorOr(new Error(message))
    expect(error).toBeInstanceOf(AppError)
    expect(error).toMatchObject({ code })
    expect((error as AppError).cause).toMatchObject({ message })
  })
})

it.each([
  'WebGPU device lost (2): Device was destroyed.',
  'CUDA failure 100: no CUDA-capable device is detected ; GPU=-1',
  'WebGPU validation failed. Workgroup size exceeds the limit',
  'Expected a product of ones to be 1, found 7',
])('an error of another kind stays itself: %s', (message) => {
  const error = new Error(message)
  expect(deviceErrorOr(error)).toBe(error)
})

it('a lost device is no reason to take fewer rows', async () => {
  const lost = deviceErrorOr(new Error('CUDA failure 700: an illegal memory access was encountered'))
  const smaller = { size: 8, least: 1, advice: '', release: async () => undefined }
  await expect(halvedAfter(lost, smaller)).rejects.toMatchObject({ code: 'DEVICE_LOST' })
})
