import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { EngineAccess } from './engine-access.ts'
import { type LineageSource, projectLineage } from './project-lineage.ts'

export const cardName = 'README.md'

/**
 * Writes the card of an iteration's model once its evaluation is recorded. The card belongs to no stage: it is no input of
 * anything, and a model whose card someone edited is still the same model.
 */
export async function writeModelCard(
  engine: EngineAccess,
  source: Omit<LineageSource, 'versions'>,
  {
    iteration,
    modelDir,
    isNew,
    signal,
  }: { iteration: number; modelDir: string; isNew: boolean; signal: AbortSignal | undefined },
): Promise<void> {
  if (!isNew && existsSync(join(modelDir, cardName))) return
  const options = signal ? { signal } : {}
  const { versions } = await engine.call('describe', {}, options)
  const lineage = projectLineage({ ...source, versions }, iteration)
  const sourceDir = source.setup.modelDir
  if (lineage) await engine.call('writeCard', { modelDir, sourceDir, lineage }, options)
}
