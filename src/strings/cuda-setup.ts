/** Words about fetching ONNX Runtime's CUDA provider. */
export const cudaSetupWords = {
  unsupported: (system: string) =>
    `ONNX Runtime brings CUDA to Node on Linux x64 alone, and this is ${system}. WebGPU computes on cards of every maker.`,
  fetching: (version: string) => `Fetching ONNX Runtime’s CUDA provider ${version}`,
  unpacking: 'Unpacking it',
  megabytes: 'MB',
  licenceInside: 'in the package',
  byHand: (packageName: string, version: string) =>
    `Without a network, get ${packageName} ${version} from NuGet elsewhere, unpack its runtimes/linux-x64/native into a folder, and name it in SPIN_STUDIO_CUDA.`,
} as const
