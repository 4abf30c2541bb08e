import { existsSync, readlinkSync, renameSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { backendVariables } from '../contract/backend.ts'

/**
 * ONNX Runtime looks for its CUDA provider (libonnxruntime_providers_shared.so, libonnxruntime_providers_cuda.so) in the folder
 * that libonnxruntime.so.1 was loaded from, by the name it was loaded by, and nowhere else: the folder of an installed program,
 * which nobody may write to. But the binding finds libonnxruntime.so.1 by its RUNPATH, which the loader reads after
 * LD_LIBRARY_PATH. So the folder that SPIN_STUDIO_CUDA names holds both libraries of the provider, of the very version of
 * onnxruntime-node, and a link to the program's libonnxruntime.so.1; an engine started with the folder in LD_LIBRARY_PATH has
 * CUDA. NVIDIA's libraries (libcublas, libcudart, …) may lie there too.
 * The loader reads the variable once, when a process starts: it cannot be set from within.
 */

const runtimeFile = 'libonnxruntime.so.1'
export const providerFiles = [
  'libonnxruntime_providers_shared.so',
  'libonnxruntime_providers_cuda.so',
] as const

/**
 * What an engine's environment needs beside `env` to have CUDA; nothing where no folder is named, or the system has no such
 * provider. `entryPath`: the engine's, whose onnxruntime-node is meant. The link is made anew: an AppImage lies elsewhere at
 * every start.
 */
export function cudaEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  entryPath: string,
): Record<string, string> {
  const folder = env[backendVariables.cuda]
  if (!folder || process.platform !== 'linux' || process.arch !== 'x64') return {}
  if (!providerFiles.every((file) => existsSync(join(folder, file)))) return {}
  linkRuntime(folder, join(runtimeFolder(entryPath), runtimeFile))
  const before = env['LD_LIBRARY_PATH']
  return {
    LD_LIBRARY_PATH: before ? `${folder}${delimiter}${before}` : folder,
    // cuBLAS would otherwise round the operands of float32 products to 10 bits; see docs/gpu.md.
    NVIDIA_TF32_OVERRIDE: env['NVIDIA_TF32_OVERRIDE'] ?? '0',
  }
}

/** Where onnxruntime-node keeps its native files for this system. */
export function runtimeFolder(entryPath: string): string {
  const main = createRequire(entryPath).resolve('onnxruntime-node')
  return join(dirname(main), '..', 'bin', 'napi-v6', process.platform, process.arch)
}

function linkRuntime(folder: string, runtime: string): void {
  const link = join(folder, runtimeFile)
  try {
    if (readlinkSync(link) === runtime) return
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EINVAL') return // a file: somebody put the runtime itself there
  }
  const temporary = `${link}.${process.pid}`
  symlinkSync(runtime, temporary)
  renameSync(temporary, link) // several engines may start at once
}
