import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { BenchmarkQuestion } from '../../src/contract/benchmarks.ts'
import { BenchmarkRequest, type BenchmarkResult } from '../../src/contract/engine.ts'
import { benchmarkProfiles, leaderboardTasks } from '../../src/contract/benchmarks.ts'
import { benchmarkStage } from '../../src/engine/stages/benchmark-stage.ts'
import { folderOfTests } from '../temp-folder.ts'
import { benchmarkGoldens, benchmarkPath, questionKey, readBenchmarkGolden } from './benchmark-golden.ts'

const home = folderOfTests('spin-benchmark-golden')

/** The harness sums float32 log-probs in float32, with another library's kernels. */
const tolerance = 1e-4
/** Two best tokens nearer than this may be told apart the other way. */
const nearTie = 1e-4

const linesOf = (path: string) =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as BenchmarkQuestion)

const ownGoldens = benchmarkProfiles.map((profile) => `own/${profile}` as const)

describe.each([...benchmarkGoldens, ...ownGoldens])('%s', (name) => {
  const golden = readBenchmarkGolden(name)
  const isOwn = name.startsWith('own/')
  const tasks: readonly string[] = isOwn ? Object.keys(golden.tasks) : leaderboardTasks

  test('log-likelihoods, answers, metrics and scores of all tasks are those of the harness', async () => {
    const request = BenchmarkRequest.parse({
      modelDir: benchmarkPath('model'),
      dataDir: benchmarkPath('data'),
      outDir: join(home, name),
      settings: {
        tasks: [...tasks],
        profile: golden.profile,
        chatTemplate: golden.chatTemplate,
        taskFiles: isOwn ? tasks.map((task) => benchmarkPath(`own/${task}.yaml`)) : [],
      },
      batchTokens: 8192,
    })
    let result: BenchmarkResult | undefined
    for await (const event of benchmarkStage(request, new AbortController().signal))
      if (event.kind === 'done') result = event
    expect(result!.provenance).toMatchObject({
      profile: golden.profile,
      chatTemplate: golden.chatTemplate,
      limit: null,
    })
    let worst = 0
    let compared = 0
    for (const task of tasks) {
      const lines = new Map(linesOf(result!.questionPaths[task]!).map((line) => [questionKey(line), line]))
      const { questions, scores } = golden.tasks[task]!
      expect(lines.size).toBe(questions.length)
      for (const expected of questions) {
        const line = lines.get(questionKey(expected))!
        expected.logLikelihoods?.forEach((value, i) => {
          worst = Math.max(worst, Math.abs(line.logLikelihoods[i]! - value))
          compared++
        })
        if (expected.greedy) expect(line.greedy, questionKey(expected)).toEqual(expected.greedy)
        if (expected.response !== undefined && expected.smallestGap! > nearTie)
          expect(line.response, questionKey(expected)).toBe(expected.response)
        for (const [metric, value] of Object.entries(expected.metrics))
          expect(line.metrics[metric], `${questionKey(expected)} ${metric}`).toBeCloseTo(value, 4)
      }
      for (const [of, metrics] of Object.entries(scores)) {
        for (const [key, [value, stderr]] of Object.entries(metrics)) {
          const [metric, filter] = key.split(',')
          const found = result!.scores.find(
            (score) => score.task === of && score.metric === metric && score.filter === filter,
          )
          expect(found?.value, `${of} ${key}`).toBeCloseTo(value, 5)
          if (Number.isFinite(stderr)) expect(found?.stderr, `${of} ${key}`).toBeCloseTo(stderr, 5)
        }
      }
    }
    expect(compared).toBeGreaterThan(isOwn ? 100 : 1000)
    expect(worst).toBeLessThan(tolerance)
  }, 120_000)
})
