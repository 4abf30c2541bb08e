import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { benchmarkProfiles, leaderboardTasks } from '../../src/contract/benchmarks.ts'
import { benchmarkScores } from '../../src/engine/evaluation/benchmarks/benchmark-scores.ts'
import type { BenchmarkTask, ModelAnswer, TaskQuestion } from '../../src/engine/evaluation/benchmarks/task.ts'
import { gsm8k } from '../../src/engine/evaluation/benchmarks/tasks/gsm8k.ts'
import {
  type BenchmarkGolden,
  benchmarkGoldens,
  benchmarkPath,
  expectSameContexts,
  type GoldenQuestion,
  loadGoldenTask,
  questionKey,
  readBenchmarkGolden,
} from './benchmark-golden.ts'

/** The harness's answer, as our model would have given it. */
const answerOf = (golden: GoldenQuestion): ModelAnswer => ({
  logLikelihoods: golden.logLikelihoods ?? [],
  greedy: golden.greedy ?? [],
  response: golden.response ?? null,
})

/** Sums of numpy differ from ours in the order of their terms. */
const tolerance = 1e-12

describe.each(benchmarkGoldens)('%s', (name) => {
  const golden = readBenchmarkGolden(name)

  test.each(leaderboardTasks)('%s asks and scores as the harness does', async (task) => {
    expectSameTask(await loadGoldenTask(golden, task), golden, task)
  })
})

describe.each(benchmarkProfiles)("tasks of one's own in %s", (profile) => {
  const golden = readBenchmarkGolden(`own/${profile}`)

  test.each(['riddles', 'sums'])('%s asks and scores as the harness does', async (task) => {
    const taskFiles = [benchmarkPath(`own/${task}.yaml`)]
    expectSameTask(await loadGoldenTask(golden, task, taskFiles), golden, task)
  })
})

function expectSameTask(parts: readonly BenchmarkTask[], golden: BenchmarkGolden, task: string): void {
  const expected = golden.tasks[task]!
  const found = new Map<string, { part: BenchmarkTask; question: TaskQuestion }>()
  for (const part of parts)
    for (const question of part.questions) found.set(questionKey(question), { part, question })
  expect([...found.keys()].sort()).toEqual(expected.questions.map(questionKey).sort())

  const metrics = new Map(parts.map((part) => [part, [] as Record<string, number>[]]))
  for (const ofHarness of expected.questions) {
    const { part, question } = found.get(questionKey(ofHarness))!
    expectSameContexts(question, ofHarness)
    expectSameRequests(question, ofHarness)
    const score = part.score(question, answerOf(ofHarness))
    expect(Object.keys(score.metrics).sort()).toEqual(Object.keys(ofHarness.metrics).sort())
    for (const [key, value] of Object.entries(ofHarness.metrics))
      expect(Math.abs(score.metrics[key]! - value)).toBeLessThanOrEqual(tolerance)
    expect(score.extracted).toEqual(ofHarness.extracted ?? {})
    metrics.get(part)!.push(score.metrics)
  }

  const scores = benchmarkScores(
    parts.map((part) => ({ task: part, metrics: metrics.get(part)! })),
    golden.profile,
  )
  for (const [scored, ofHarness] of Object.entries(expected.scores)) {
    for (const [key, [value, stderr]] of Object.entries(ofHarness)) {
      const ours = scores.find((s) => s.task === scored && `${s.metric},${s.filter}` === key)!
      expect(Math.abs(ours.value - value), `${scored} ${key}`).toBeLessThanOrEqual(tolerance)
      expect(Math.abs(ours.stderr! - stderr), `${scored} ${key}, error`).toBeLessThanOrEqual(tolerance)
    }
  }
  expect(scores.filter((score) => score.primary && score.partOf === null).map((s) => s.task)).toEqual([task])
}

function expectSameRequests({ requests }: TaskQuestion, golden: GoldenQuestion): void {
  if ('context' in requests) {
    expect(requests.stops).toEqual(golden.generation!.until)
    expect(requests.maxNewTokens).toBe(golden.generation!.max_gen_toks ?? 256)
  } else {
    expect(requests.map(({ continuation }) => continuation)).toEqual(golden.continuations)
  }
}

describe.each(benchmarkProfiles)("GSM8K's filters in %s", (profile) => {
  let cases: { answer: string; response: string; extracted: object; metrics: object }[]
  beforeAll(() => {
    cases = JSON.parse(readFileSync(benchmarkPath(`filters-${profile}.json`), 'utf8'))
  })

  test('read and compare as the harness does', () => {
    expect(cases.length).toBeGreaterThan(100)
    for (const { answer, response, ...expected } of cases) {
      const question = {
        task: 'gsm8k',
        index: 0,
        text: '',
        choices: [],
        gold: [],
        target: answer,
        requests: [],
      }
      const found = gsm8k.score(question, { logLikelihoods: [], greedy: [], response }, profile)
      expect(found, JSON.stringify({ answer, response })).toEqual(expected)
    }
  })
})
