import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ModelLineage } from '../../contract/lineage.ts'
import { replaceFile } from '../files/durable-file.ts'
import { lineageCard } from './lineage-card.ts'
import { modelFile } from './model-file.ts'

const cardName = 'README.md'

/** Gives a finished model folder its card; `sourceDir`: the model it was trained from, for its licence. */
export async function writeCard({
  modelDir,
  sourceDir,
  lineage,
}: {
  modelDir: string
  sourceDir: string
  lineage: ModelLineage
}): Promise<void> {
  const hasCard = (await readdir(sourceDir)).includes(cardName)
  const source = hasCard ? await readFile(await modelFile(sourceDir, cardName), 'utf8') : null
  await replaceFile(join(modelDir, cardName), lineageCard(lineage, source))
}
