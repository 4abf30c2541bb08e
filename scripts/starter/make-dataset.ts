import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { starterDataset } from './starter-rows.ts'
import { writeDurably } from './write-durably.ts'

/** The dataset that is committed. Another seed makes another dataset of the same distribution. */
export const datasetSeed = 1
export const datasetCounts = { train: 8000, test: 1000 }
export const datasetDir = join(dirname(fileURLToPath(import.meta.url)), '../../resources/starter/dataset')

/** The text of both files: one JSON row a line, the same bytes every time. */
export function datasetFiles(): Record<'train.jsonl' | 'test.jsonl', string> {
  const { train, test } = starterDataset(datasetSeed, datasetCounts)
  const lines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
  return { 'train.jsonl': lines(train), 'test.jsonl': lines(test) }
}

export function writeDataset(dir: string): void {
  mkdirSync(dir, { recursive: true })
  for (const [name, text] of Object.entries(datasetFiles())) writeDurably(join(dir, name), text)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeDataset(datasetDir)
  console.log(
    `Wrote ${datasetCounts.train} training and ${datasetCounts.test} held-out rows to ${datasetDir}`,
  )
}
