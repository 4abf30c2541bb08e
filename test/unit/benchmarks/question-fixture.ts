import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchmarkQuestion } from '../../../src/contract/benchmarks.ts'
import { folderOfTest } from '../../temp-folder.ts'

export function temporaryFolder(): string {
  const dir = folderOfTest('benchmarks')
  return dir
}

/** A question as the engine writes it; `right` decides its metrics. */
export function question(
  index: number,
  right: number,
  more: Partial<BenchmarkQuestion> = {},
): BenchmarkQuestion {
  return {
    task: 'arc_challenge',
    index,
    question: `Which of these, number ${index}?`,
    choices: ['α particle', 'stone'],
    gold: [0],
    target: 'α particle',
    logLikelihoods: [-1.5, -2],
    greedy: [true, false],
    response: null,
    extracted: {},
    metrics: { 'acc,none': right, 'acc_norm,none': right },
    promptTokens: 40,
    truncated: false,
    ...more,
  }
}

export function writeQuestions(
  questions: readonly BenchmarkQuestion[],
  path = join(temporaryFolder(), 'arc_challenge.jsonl'),
): string {
  writeFileSync(path, questions.map((q) => `${JSON.stringify(q)}\n`).join(''))
  return path
}
