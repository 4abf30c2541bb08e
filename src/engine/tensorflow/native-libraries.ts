/**
 * What libtensorflow 2.9, which tfjs-node-gpu 4.22 is built on, opens by name to compute on a card. CUDA 12 and cuDNN 9,
 * which ONNX Runtime uses, have other names and do not serve.
 */
const linux = {
  'libcuda.so.1': 'NVIDIA driver',
  'libcudart.so.11.0': 'CUDA 11 runtime',
  'libcublas.so.11': 'cuBLAS 11',
  'libcublasLt.so.11': 'cuBLASLt 11',
  'libcufft.so.10': 'cuFFT 10',
  'libcurand.so.10': 'cuRAND 10',
  'libcusolver.so.11': 'cuSOLVER 11',
  'libcusparse.so.11': 'cuSPARSE 11',
  'libcudnn.so.8': 'cuDNN 8',
}

const windows = {
  'nvcuda.dll': 'NVIDIA driver',
  'cudart64_110.dll': 'CUDA 11 runtime',
  'cublas64_11.dll': 'cuBLAS 11',
  'cublasLt64_11.dll': 'cuBLASLt 11',
  'cufft64_10.dll': 'cuFFT 10',
  'curand64_10.dll': 'cuRAND 10',
  'cusolver64_11.dll': 'cuSOLVER 11',
  'cusparse64_11.dll': 'cuSPARSE 11',
  'cudnn64_8.dll': 'cuDNN 8',
}

/** Those that the driver brings; the others are of the CUDA toolkit and of cuDNN. */
export const driverLibraries: readonly string[] = ['libcuda.so.1', 'nvcuda.dll']

/** File → what it is. */
export const nativeLibraries: Readonly<Record<string, string>> =
  process.platform === 'win32' ? windows : linux
