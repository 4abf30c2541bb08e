import { describe, expect, it } from 'vitest'
import type { BenchmarkQuestion } from '../../../src/contract/benchmarks.ts'
import { choiceScores, comparedBy } from '../../../src/renderer/benchmarks/choice-scores.ts'
import { firstQuestions, settleChoice } from '../../../src/renderer/benchmarks/question-choice.ts'
import { primaryMetric, verdictOf } from '../../../src/renderer/benchmarks/question-verdict.ts'
import { evaluationOf } from './recorded-evaluation.ts'

const question = (given: Partial<BenchmarkQuestion>): BenchmarkQuestion => ({
  task: 'arc_challenge',
  index: 0,
  question: 'Which?',
  choices: ['a', 'bbbb', 'cc'],
  gold: [1],
  target: 'bbbb',
  logLikelihoods: [-2, -4, -3],
  greedy: [true, false, false],
  response: null,
  extracted: {},
  metrics: { 'acc,none': 0, 'acc_norm,none': 1 },
  promptTokens: 12,
  truncated: false,
  ...given,
})

describe('the choices of a question', () => {
  it('are compared by their sums, or by their characters where the metric does', () => {
    const picked = (metric: string) =>
      choiceScores(question({}), metric).findIndex(({ isPicked }) => isPicked)
    expect(picked('acc')).toBe(0)
    expect(picked('acc_norm')).toBe(1)
    expect(choiceScores(question({}), 'acc_norm').map(({ perChar }) => perChar)).toEqual([-2, -1, -1.5])
  })

  it('count characters as people do, and take the first of equals', () => {
    const [emoji, plain] = choiceScores(
      question({ choices: ['😀', 'x'], logLikelihoods: [-2, -2], greedy: [] }),
      'acc_norm',
    )
    expect([emoji?.perChar, emoji?.isPicked]).toEqual([-2, true])
    expect([plain?.perChar, plain?.isPicked]).toEqual([-2, false])
  })

  it('share the probability where several are right, and none is picked', () => {
    const truthful = question({ task: 'truthfulqa_mc2', gold: [0, 1] })
    expect(comparedBy(truthful, 'acc')).toBe('share')
    const scores = choiceScores(truthful, 'acc')
    expect(scores.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12)
    expect(scores.some(({ isPicked }) => isPicked)).toBe(false)
  })

  it('have longer bars the likelier they are, and every bar shows', () => {
    const lengths = choiceScores(question({}), 'acc').map(({ length }) => length)
    expect(lengths[0]).toBeGreaterThan(lengths[2]!)
    expect(lengths[2]).toBeGreaterThan(lengths[1]!)
    expect(Math.min(...lengths)).toBeGreaterThan(0)
    expect(Math.max(...lengths)).toBeLessThan(1)
    const beside = choiceScores(question({}), 'acc', -8).map(({ length }) => length)
    expect(beside[1]).toBeGreaterThan(lengths[1]!)
  })
})

describe('a question’s verdict', () => {
  it('is that of the metric that its task is tabled by', () => {
    const evaluation = evaluationOf(1, 0, { arc_challenge: { metric: 'acc_norm' } })
    const primary = primaryMetric(evaluation, 'arc_challenge')
    expect(verdictOf(question({}), primary)).toEqual({ kind: 'right' })
    expect(verdictOf(question({ metrics: { 'acc_norm,none': 0 } }), primary)).toEqual({ kind: 'wrong' })
    expect(verdictOf(question({ metrics: { 'acc_norm,none': 0.25 } }), primary)).toEqual({
      kind: 'share',
      share: 0.25,
    })
    expect(verdictOf(question({ metrics: {} }), primary)).toBeNull()
    expect(primaryMetric(evaluation, 'mmlu')).toBeNull()
  })
})

describe('what the list shows', () => {
  const evaluations = [
    evaluationOf(3, 1, { arc_challenge: 0.5, mmlu: 0.5 }),
    evaluationOf(2, 0, { arc_challenge: 0.4 }),
    evaluationOf(1, 0, { arc_challenge: 0.4 }, { limit: 50 }),
  ]
  const settled = (choice: Partial<typeof firstQuestions>) =>
    settleChoice({ ...firstQuestions, ...choice }, evaluations)?.choice

  it('is the newest evaluation’s first task until something is chosen', () => {
    expect(settled({})).toMatchObject({ evaluationId: 3, task: 'arc_challenge', otherId: null, show: 'all' })
    expect(settleChoice(firstQuestions, [])).toBeNull()
  })

  it('falls back where the choice is gone, and compares only what was measured alike', () => {
    expect(settled({ evaluationId: 9, task: 'gsm8k' })).toMatchObject({
      evaluationId: 3,
      task: 'arc_challenge',
    })
    expect(settled({ otherId: 2, show: 'changed' })).toMatchObject({ otherId: 2, show: 'changed' })
    expect(settled({ otherId: 1, show: 'changed' })).toMatchObject({ otherId: null, show: 'all' })
    expect(settled({ otherId: 2, task: 'mmlu' })).toMatchObject({ otherId: null })
  })
})
