import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { backendVariables } from '../../contract/backend.ts'
import { providerFiles, runtimeFolder } from '../cuda-environment.ts'
import { programFiles } from '../program-files.ts'

/** The folder with ONNX Runtime's CUDA provider: the one that the environment names, or the runtime's own; null = none. */
export function findCudaProvider(
  env: Readonly<Record<string, string | undefined>> = process.env,
): string | null {
  const named = env[backendVariables.cuda]
  const folders = [...(named ? [named] : []), runtimeFolder(programFiles.engineEntry)]
  return folders.find((dir) => providerFiles.every((name) => existsSync(join(dir, name)))) ?? null
}
