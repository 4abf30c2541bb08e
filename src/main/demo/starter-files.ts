import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import { fileSha256 } from '../loop/stage-outputs.ts'
import { programFiles } from '../program-files.ts'

export interface StarterFiles {
  modelDir: string
  /** dataset/*.jsonl, in order. */
  datasetFiles: string[]
  /** sha256 of the weights and of each dataset file, by name: a demo belongs to the starter it was begun with. */
  sha256: Record<string, string>
}

/** The model and dataset that the program ships. @throws AppError FILE_NOT_FOUND */
export async function findStarter(root = programFiles.starterDir): Promise<StarterFiles> {
  const modelDir = join(root, 'model')
  const weights = join(modelDir, 'model.safetensors')
  const datasetDir = join(root, 'dataset')
  const names = existsSync(datasetDir)
    ? readdirSync(datasetDir)
        .filter((name) => name.endsWith('.jsonl'))
        .sort()
    : []
  if (!existsSync(weights) || names.length === 0) {
    const missing = existsSync(weights) ? join(datasetDir, '*.jsonl') : weights
    throw new AppError(
      'FILE_NOT_FOUND',
      `The starter is not complete: ${missing} is missing. Get it back with "git checkout resources", or make it with "npm run make-starter".`,
      { path: missing },
    )
  }
  const datasetFiles = names.map((name) => join(datasetDir, name))
  const hashes = await Promise.all([weights, ...datasetFiles].map(fileSha256))
  const sha256 = Object.fromEntries(['model.safetensors', ...names].map((name, i) => [name, hashes[i]!]))
  return { modelDir, datasetFiles, sha256 }
}
