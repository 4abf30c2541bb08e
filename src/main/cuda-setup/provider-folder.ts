import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { backendVariables } from '../../contract/backend.ts'
import { providerFiles, runtimeFolder } from '../cuda-environment.ts'
import { programFiles } from '../program-files.ts'
import { runtimeVersion } from './provider-package.ts'

/** `cuda/<version of onnxruntime-node>` of the data folder; beside it what is being fetched. */
export const setupFolder = (dataDir: string): string => join(dataDir, 'cuda')

export const providerFolder = (dataDir: string): string =>
  join(setupFolder(dataDir), runtimeVersion(programFiles.engineEntry))

const isComplete = (dir: string): boolean => providerFiles.every((name) => existsSync(join(dir, name)))

/**
 * The folder with ONNX Runtime's CUDA provider: the one that the environment names, the data folder's, or the runtime's own;
 * null = none.
 */
export function findCudaProvider(
  dataDir: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string | null {
  const named = env[backendVariables.cuda]
  const folders = [
    ...(named ? [named] : []),
    providerFolder(dataDir),
    runtimeFolder(programFiles.engineEntry),
  ]
  return folders.find(isComplete) ?? null
}

/** Providers of versions that the program no longer has: half a gigabyte each. */
export function removeOldProviders(dataDir: string): void {
  const kept = runtimeVersion(programFiles.engineEntry)
  for (const name of readdirSync(setupFolder(dataDir)))
    if (/^\d+\.\d+\.\d+(\.tmp)?$/.test(name) && name !== kept)
      rmSync(join(setupFolder(dataDir), name), { recursive: true, force: true })
}
