import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PairRow } from '../../../src/contract/chat.ts'
import type { EvaluationAnswer } from '../../../src/contract/engine.ts'
import type { PairScore, SampleFiles } from '../../../src/contract/samples-engine.ts'
import { writePairsParquet } from '../../../src/engine/data/parquet-writer.ts'

const pair = (id: string, question: string, real: string, generated: string, more = {}): PairRow => ({
  id,
  prompt: [
    { role: 'system', content: 'You are "brief".' },
    { role: 'user', content: question },
  ],
  real,
  generated,
  check: null,
  finishReason: 'stop',
  ...more,
})

/** Five pairs: a win, a loss, equal answers (tie), a capped win, and one that nothing is known of. */
export const pairs: PairRow[] = [
  pair('a', 'Where is\nmy tent?', 'It left today.', 'Thank you for asking!'),
  pair('b', 'Is it WARM?', 'No.', 'It’s a lovely day, isn’t it? I hope so.'),
  pair('c', 'Say yes', 'Yes', ' Yes '),
  pair('d', 'Count', '1, 2, 3, 4, 5, 6, 7', '1, 2, 3, 4,', { finishReason: 'length' }),
  pair('e', 'Äpfel?', 'Zwei', 'Äh, ja'),
]
export const margins: Record<string, number> = { a: 1.5, b: -0.25, c: 0, d: 4 }

const scoreOf = (id: string): PairScore => ({
  id,
  realReward: margins[id]! + 0.5,
  generatedReward: 0.5,
  margin: margins[id]!,
  realTokens: 5,
  generatedTokens: 7,
})
const answerOf = (id: string, greedy: string, greedyFinish: 'stop' | 'length'): EvaluationAnswer => ({
  id,
  prompt: '',
  real: '',
  check: null,
  greedy,
  greedyFinish,
  greedyValid: false,
  sampled: [],
  sampledValid: [],
})

const lines = (values: readonly unknown[]): string =>
  values.map((value) => `${JSON.stringify(value)}\n`).join('')

/** The files that an iteration leaves of these pairs. */
export async function writeSampleFiles(dir: string): Promise<SampleFiles & { answersPath: string }> {
  const files = {
    pairsPath: join(dir, 'test_prefs-00000-of-00001.parquet'),
    answersPath: join(dir, 'answers.jsonl'),
    scoresPath: join(dir, 'pair-scores.jsonl'),
  }
  await writePairsParquet(files.pairsPath, pairs)
  writeFileSync(
    files.answersPath,
    lines([answerOf('a', 'In the depot', 'stop'), answerOf('d', '1, 2, 3', 'length')]),
  )
  writeFileSync(files.scoresPath, lines(Object.keys(margins).map(scoreOf)))
  return files
}
