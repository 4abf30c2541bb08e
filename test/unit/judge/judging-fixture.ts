import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JudgeQuestion } from '../../../src/contract/judging.ts'
import { type JudgingFolder, openJudgingFolder } from '../../../src/main/judge/judging-folder.ts'

export const questions: JudgeQuestion[] = [
  { question_id: 1, category: 'math', turns: ['2 + 2?', 'And 3 + 3?'], reference: ['4', '6'] },
  { question_id: 2, category: 'math', turns: ['5 + 5?', 'And doubled?'] },
  { question_id: 'w', category: 'writing', turns: ['A poem, please', 'Shorter'] },
]

const lines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')

/** A folder with the answers of models: name → question → turns. */
export function judgingFolder(dir: string, answers: Record<string, string[][]>): JudgingFolder {
  mkdirSync(join(dir, 'model_answer'), { recursive: true })
  writeFileSync(join(dir, 'question.jsonl'), lines(questions))
  for (const [model_id, of] of Object.entries(answers)) {
    const rows = questions.map(({ question_id }, i) => ({
      question_id,
      answer_id: `${model_id}-${question_id}`,
      model_id,
      choices: [{ index: 0, turns: of[i]! }],
      tstamp: 0,
    }))
    writeFileSync(join(dir, 'model_answer', `${model_id}.jsonl`), lines(rows))
  }
  return openJudgingFolder(dir)
}

export const threeModels = {
  base: [
    ['4', '6'],
    ['10', '20'],
    ['Roses', 'Rose'],
  ],
  'iteration-1': [
    ['four, since 2 + 2 = 4', '6'],
    ['10', '20, that is 2 · 10'],
    ['Roses are red', 'Roses'],
  ],
  'iteration-2': [
    ['4', '6'],
    ['nine', 'twenty'],
    ['Violets are blue', 'Violets'],
  ],
}
