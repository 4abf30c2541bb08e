import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { writeFileAtomically } from '../data/atomic-file.ts'
import { AppError } from '../../contract/errors.ts'
import { adapterConfigName } from '../model/adapter/adapter-config.ts'
import { openModelFolder } from '../model/model-folder.ts'
import { weightsSha256 } from '../model/weights-sha256.ts'

/** A stage's stored answer: asked again with the same key, the work is not repeated. */
const StoredResult = z.object({ key: z.string(), result: z.unknown() })

/** The stored result where its key fits and (for a model) the folder still holds the weights that it names; else null. */
export async function finishedResult<T>(
  path: string,
  key: string,
  schema: z.ZodType<T>,
  modelDir?: string,
): Promise<T | null> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  const stored = StoredResult.safeParse(JSON.parse(text))
  if (!stored.success || stored.data.key !== key) return null
  const result = schema.safeParse(stored.data.result)
  if (!result.success) return null
  if (
    modelDir !== undefined &&
    !(await hasWeights(modelDir, (result.data as { modelSha256: string }).modelSha256))
  )
    return null
  return result.data
}

export function writeResult(path: string, key: string, result: unknown): Promise<void> {
  return writeFileAtomically(path, `${JSON.stringify({ key, result }, null, 1)}\n`)
}

async function hasWeights(dir: string, sha256: string): Promise<boolean> {
  try {
    // The weights of an adapter are its base's too.
    const isAdapter = existsSync(join(dir, adapterConfigName))
    return (await (isAdapter ? (await openModelFolder(dir)).sha256() : weightsSha256(dir))) === sha256
  } catch (error) {
    // Whatever is there instead of the finished model, it is not the finished model.
    if (error instanceof AppError) return false
    throw error
  }
}
