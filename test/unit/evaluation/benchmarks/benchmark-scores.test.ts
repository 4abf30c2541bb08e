import { describe, expect, test } from 'vitest'
import { benchmarkScores } from '../../../../src/engine/evaluation/benchmarks/benchmark-scores.ts'

const subject = (name: string, group: string, values: number[]) => ({
  task: { name: `mmlu_${name}`, primary: 'acc,none', partOf: [`mmlu_${group}`, 'mmlu'] },
  metrics: values.map((value) => ({ 'acc,none': value })),
})
const subjects = [
  subject('anatomy', 'stem', [1, 0, 0, 0]),
  subject('physics', 'stem', [1, 1]),
  subject('law', 'humanities', [0, 1]),
]
const find = (scores: ReturnType<typeof benchmarkScores>, task: string, metric = 'acc') =>
  scores.find((score) => score.task === task && score.metric === metric)!

describe('benchmarkScores', () => {
  test('a task alone: mean, and sample deviation over √n', () => {
    const task = { name: 'arc_challenge', primary: 'acc_norm,none', partOf: [] }
    const metrics = [0, 1, 1, 1].map((value) => ({ 'acc,none': 1 - value, 'acc_norm,none': value }))
    const scores = benchmarkScores([{ task, metrics }], 'harness-current')
    expect(scores).toMatchObject([
      { task: 'arc_challenge', partOf: null, metric: 'acc', filter: 'none', value: 0.25, primary: false },
      { metric: 'acc_norm', value: 0.75, stderr: 0.25, questions: 4, primary: true },
    ])
  })

  test('subjects weigh by their questions in the mean, alike in the macro mean', () => {
    for (const profile of ['harness-0.4.0', 'harness-current'] as const) {
      const scores = benchmarkScores(subjects, profile)
      expect(find(scores, 'mmlu')).toMatchObject({ value: 0.5, questions: 8, partOf: null, primary: true })
      expect(find(scores, 'mmlu', 'acc_macro')).toMatchObject({ value: (0.25 + 1 + 0.5) / 3, primary: false })
      expect(find(scores, 'mmlu_stem')).toMatchObject({ value: 0.5, questions: 6, partOf: 'mmlu' })
      expect(find(scores, 'mmlu_law')).toMatchObject({ value: 0.5, partOf: 'mmlu_humanities' })
    }
  })

  test('a subject of one question leaves its groups without an error', () => {
    const scores = benchmarkScores([...subjects, subject('ethics', 'humanities', [1])], 'harness-current')
    expect(find(scores, 'mmlu_ethics').stderr).toBeNull()
    expect(find(scores, 'mmlu').stderr).toBeNull()
    expect(find(scores, 'mmlu_stem').stderr).toBeGreaterThan(0)
  })

  test('no question, no score', () => {
    expect(benchmarkScores([{ task: subjects[0]!.task, metrics: [] }], 'harness-0.4.0')).toEqual([])
  })
})
