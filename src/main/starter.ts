import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { StarterCard } from '../contract/app.ts'
import { AppError } from '../contract/errors.ts'
import { LoopSetup } from '../contract/project.ts'
import { demoLoopPlan, demoNumbers } from './demo/demo-plan.ts'
import { findStarter } from './demo/starter-files.ts'
import { programFiles } from './program-files.ts'

/** What the starter is, from its files alone: the engine is not asked. */
export async function describeStarter(dir = programFiles.starterDir): Promise<StarterCard> {
  const { iterations, prompts } = demoNumbers
  try {
    const { modelDir } = await findStarter(dir)
    const weights = join(modelDir, 'model.safetensors')
    const parameters = await countParameters(weights)
    return {
      available: true,
      problem: null,
      parameters,
      modelBytes: (await stat(weights)).size,
      trainRows: prompts,
      iterations,
    }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return {
      available: false,
      problem: error.message,
      parameters: null,
      modelBytes: null,
      trainRows: null,
      iterations,
    }
  }
}

/** The loop of `npm run demo`, without its comparisons. Throws FILE_NOT_FOUND when the starter is not there. */
export async function starterSetup(
  { iterations, seed }: { iterations: number; seed: number },
  dir = programFiles.starterDir,
): Promise<LoopSetup> {
  const { modelDir, datasetFiles } = await findStarter(dir)
  return LoopSetup.parse({
    modelDir,
    data: { kind: 'import', sources: datasetFiles, limit: demoNumbers.prompts, seed },
    plan: { ...demoLoopPlan({ iterations, seed }), compareSft: true, sftLr: demoNumbers.sftLr },
  })
}

/** The header of a safetensors file says every shape: u64 length, then JSON. */
async function countParameters(weights: string): Promise<number> {
  const file = await open(weights)
  try {
    const { buffer } = await file.read(Buffer.alloc(8), 0, 8, 0)
    const length = Number(buffer.readBigUInt64LE(0))
    const json = await file.read(Buffer.alloc(length), 0, length, 8)
    const header = JSON.parse(json.buffer.toString('utf8')) as Record<string, { shape?: number[] }>
    return Object.values(header).reduce((sum, { shape }) => sum + (shape?.reduce((a, b) => a * b, 1) ?? 0), 0)
  } finally {
    await file.close()
  }
}
