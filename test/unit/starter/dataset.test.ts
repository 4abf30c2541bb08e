import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { datasetCounts, datasetDir, datasetFiles } from '../../../scripts/starter/make-dataset.ts'
import { starterConfig, starterGenerationConfig } from '../../../scripts/starter/starter-model.ts'
import { isHeldOut, promptOf, starterRows } from '../../../scripts/starter/starter-rows.ts'
import type { StarterRow } from '../../../scripts/starter/starter-rows.ts'
import { tasks } from '../../../scripts/starter/tasks/task-table.ts'
import { checkAnswer, checkKind } from '../../../src/engine/evaluation/check-answer.ts'
import { checkers } from '../../../src/engine/evaluation/checkers/checker-table.ts'

const committed = (name: string) => readFileSync(join(datasetDir, name), 'utf8')
const parse = (text: string): StarterRow[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as StarterRow)
const train = parse(committed('train.jsonl'))
const test = parse(committed('test.jsonl'))
const sft = starterRows(5, 20_000)

describe('the starter dataset', () => {
  it('is exactly what the generator makes', () => {
    const different = Object.entries(datasetFiles()).filter(([name, text]) => committed(name) !== text)
    expect(different.map(([name]) => name)).toEqual([])
    expect([train.length, test.length]).toEqual([datasetCounts.train, datasetCounts.test])
  })

  it('has a valid human answer in every row, in printable ASCII', () => {
    const broken = [...train, ...test, ...sft].filter((row) => {
      const answer = row.messages[1].content
      return !checkAnswer(row.check, answer) || !/^[ -~]+$/.test(promptOf(row) + answer)
    })
    expect(broken).toEqual([])
  })

  it('asks no prompt twice, and shares neither prompts nor checks between training and held-out rows', () => {
    expect(new Set([...train, ...test].map(promptOf)).size).toBe(train.length + test.length)
    const trained = new Set([...train, ...sft].map((row) => row.check))
    expect(test.filter((row) => trained.has(row.check))).toEqual([])
    expect(test.every((row) => isHeldOut(row.check))).toBe(true)
  })

  it('has every kind, none below 5 % or above 15 % of a split', () => {
    expect(new Set(tasks.map((task) => task.kind))).toEqual(new Set(checkers.keys()))
    for (const rows of [train, test]) {
      const shares = tasks.map(
        ({ kind }) => rows.filter((row) => checkKind(row.check) === kind).length / rows.length,
      )
      expect(Math.min(...shares)).toBeGreaterThan(0.05)
      expect(Math.max(...shares)).toBeLessThan(0.15)
    }
  })

  it('is open: a prompt drawn again mostly gets another answer', () => {
    const answers = new Map<string, string[]>()
    for (const row of sft)
      answers.set(row.check, [...(answers.get(row.check) ?? []), row.messages[1].content])
    const repeated = [...answers.values()].filter((each) => each.length > 1)
    const different = repeated.filter((each) => each[0] !== each[1]).length
    expect(repeated.length).toBeGreaterThan(1000)
    expect(different / repeated.length).toBeGreaterThan(0.9)
  })

  it('fits the model: a conversation within its positions, an answer within its new tokens', () => {
    const tooLong = [...train, ...test, ...sft].filter((row) => {
      const answerTokens = row.messages[1].content.length + 1
      const allTokens = promptOf(row).length + 3 + answerTokens
      return (
        answerTokens > starterGenerationConfig.max_new_tokens ||
        allTokens > starterConfig.max_position_embeddings / 2
      )
    })
    expect(tooLong).toEqual([])
  })
})

describe('starterRows', () => {
  it('gives the same rows for the same seed, others for another, and leaves out what is excluded', () => {
    const first = starterRows(5, 300)
    expect(sft.slice(0, 300)).toEqual(first)
    expect(starterRows(6, 300)).not.toEqual(first)
    const exclude = new Set(first.map(promptOf))
    expect(starterRows(5, 300, exclude).filter((row) => exclude.has(promptOf(row)))).toEqual([])
  })
})
