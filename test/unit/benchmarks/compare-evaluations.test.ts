import { expect, test } from 'vitest'
import { leaderboardTasks } from '../../../src/contract/benchmarks.ts'
import { leaderboardAverage } from '../../../src/main/benchmarks/average.ts'
import { compareEvaluations } from '../../../src/main/benchmarks/compare-evaluations.ts'
import { publishedRows } from '../../../src/main/benchmarks/published-rows.ts'
import { openQuestions } from '../../../src/main/benchmarks/question-file.ts'
import { question, writeQuestions } from './question-fixture.ts'

const metric = 'acc_norm,none'
const answers = (rights: readonly number[], from = 0) =>
  openQuestions(writeQuestions(rights.map((right, i) => question(from + i, right))))
const many = (count: number, right: (i: number) => number) =>
  Array.from({ length: count }, (_, i) => right(i))

test('a gain has an interval that its normal law foretells, the same each time', async () => {
  // Of 2,000 questions 120 were won and 60 lost: +3 points; sd of one difference √(0.09 − 0.03²) ≈ 0.2985.
  const before = await answers(many(2000, (i) => (i < 60 ? 1 : i < 1000 ? 0 : 1)))
  const after = await answers(many(2000, (i) => (i < 60 ? 0 : i < 180 ? 1 : i < 1000 ? 0 : 1)))
  const task = { task: 'arc_challenge', metric, a: before, b: after }
  const [found] = await compareEvaluations([task])
  const half = (1.96 * 100 * 0.2985) / Math.sqrt(2000)
  expect(found!.difference).toMatchObject({ prompts: 2000, clear: true })
  expect(found!.difference.mean).toBeCloseTo(3, 9)
  // A thousand resamples know the width of an interval to about 4 %.
  expect(Math.abs(found!.difference.half! / half - 1)).toBeLessThan(0.12)
  expect(await compareEvaluations([task])).toEqual([found])
  const [turned] = await compareEvaluations([{ ...task, a: after, b: before }])
  expect(turned!.difference.mean).toBeCloseTo(-3, 9)
})

test('only questions that both answered are paired, and nine of them are never clear', async () => {
  const a = await answers(many(12, () => 0))
  const b = await answers(
    many(12, () => 1),
    3,
  )
  const [found] = await compareEvaluations([{ task: 'arc_challenge', metric, a, b }])
  expect(found!.difference).toMatchObject({ mean: 100, half: 0, prompts: 9, clear: false })
  const apart = await answers([1], 50)
  expect(await compareEvaluations([{ task: 'arc_challenge', metric, a, b: apart }])).toEqual([])
})

test('the average weighs tasks and not questions, and its interval resamples within each', async () => {
  const small = {
    a: await answers(many(20, (i) => i % 2)),
    b: await answers(many(20, (i) => (i < 6 ? 1 : i % 2))),
  }
  const large = { a: await answers(many(1000, () => 0)), b: await answers(many(1000, () => 0)) }
  const tasks = leaderboardTasks.map((task, i) => ({ task, metric, ...(i === 0 ? small : large) }))
  const all = await compareEvaluations(tasks)
  expect(all.map(({ task }) => task)).toEqual([...leaderboardTasks, 'average'])
  const [arc] = all
  const average = all.at(-1)!.difference
  expect(average.mean).toBeCloseTo(arc!.difference.mean / 6, 9)
  // The five that did not change add no width: that of the small one, a sixth.
  expect(average.half).toBeCloseTo(arc!.difference.half! / 6, 9)
  const five = await compareEvaluations(tasks.slice(1))
  expect(five.map(({ task }) => task)).not.toContain('average')
})

test('the average is of all six or none, of what was asked for and not of its subjects', () => {
  const score = (task: string, value: number, more = {}) => ({
    task,
    partOf: null,
    metric: 'acc',
    filter: 'none',
    value,
    stderr: null,
    questions: 10,
    primary: true,
    ...more,
  })
  const base = publishedRows[0]!
  const six = leaderboardTasks.map((task) => score(task, base.scores[task]! / 100))
  const aside = [
    score('mmlu_stem', 1, { partOf: 'mmlu' }),
    score('mmlu', 1, { primary: false, metric: 'acc_macro' }),
  ]
  expect(100 * leaderboardAverage([...aside, ...six])!).toBeCloseTo(base.average, 2)
  expect(leaderboardAverage(six.slice(1))).toBeNull()
})

test('the published averages are the means of their rows', () => {
  for (const { label, scores, average, profile } of publishedRows) {
    const mean = leaderboardTasks.reduce((sum, task) => sum + scores[task]!, 0) / 6
    expect.soft(Math.abs(mean - average), label).toBeLessThan(0.051) // the bars are read to ±0.05
    expect.soft(profile).toBe('harness-0.4.0')
  }
})
