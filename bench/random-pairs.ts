import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { importStage } from '../src/engine/stages/import-stage.ts'
import { hash32 } from '../src/engine/tensor/random.ts'

export interface PairSizes {
  rows: number
  promptTokens: number
  answerTokens: number
}

/** Pairs for DPO, so that all steps of a training are real ones, imported into a folder once. Returns the Parquet file. */
export async function importRandomPairs(
  outDir: string,
  words: readonly string[],
  sizes: PairSizes,
): Promise<string> {
  const trainName = 'train.parquet'
  const path = join(outDir, trainName)
  if (existsSync(path)) return path
  const source = `${outDir}.jsonl`
  writePairs(source, words, sizes)
  const importing = importStage(
    {
      sources: [source],
      outDir,
      trainName,
      testName: 'test.parquet',
      mapping: null,
      testShare: 0,
      seed: 1,
      limit: 0,
      keepRejected: true,
    },
    new AbortController().signal,
  )
  for await (const event of importing) void event
  return path
}

/** {prompt, chosen, rejected} a line. */
function writePairs(
  path: string,
  words: readonly string[],
  { rows, promptTokens, answerTokens }: PairSizes,
): void {
  const text = (count: number, seed: number) =>
    Array.from({ length: count }, (_, i) => words[hash32(seed, i) % words.length]!).join('')
  const lines = Array.from({ length: rows }, (_, i) =>
    JSON.stringify({
      prompt: text(promptTokens, 3 * i),
      chosen: text(answerTokens, 3 * i + 1),
      rejected: text(answerTokens, 3 * i + 2),
    }),
  )
  writeFileSync(path, `${lines.join('\n')}\n`)
}
