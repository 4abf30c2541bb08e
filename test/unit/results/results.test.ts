import { appendFileSync, existsSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { EvaluationResult } from '../../../src/contract/engine.ts'
import { describeResults, iterationInUse, modelDirOf } from '../../../src/main/results/results.ts'
import { compare } from '../../../src/main/results/result-tests.ts'
import { scoreInterval } from '../../../src/main/results/score-interval.ts'
import { bootstrapMean } from '../../../src/main/report/paired-bootstrap.ts'
import { prompts, recordRun } from './result-fixture.ts'

const base = () => 1
const better = (i: number) => (i % 5 === 0 ? 1 : 3)
const slightly = (i: number) => (i === 0 ? 2 : 1)

test('scores, intervals and paired differences come from the recorded answers', async () => {
  const { store, runId } = recordRun({ [-2]: slightly, [-1]: base, 0: slightly, 1: better })
  const { tests, verdict, run } = await describeResults(store, runId, null)
  const [main] = tests
  expect(main).toMatchObject({
    id: 'sampled',
    unit: 'points',
    setting: `${prompts} held-out rows, 4 samples each`,
  })
  expect(main!.scores[-1]).toEqual({ mean: 25, low: 25, high: 25 })
  expect(main!.scores[1]!.mean).toBeCloseTo(100 * (0.8 * 0.75 + 0.2 * 0.25), 9)
  expect(main!.scores[1]!.low).toBeLessThan(main!.scores[1]!.mean)
  // Four of five prompts gained half: 40 points on average.
  expect(verdict.overBase).toMatchObject({ prompts, clear: true })
  expect(verdict.overBase!.mean).toBeCloseTo(40, 9)
  expect(verdict.overSft!.mean).toBeCloseTo(40 - 25 / prompts, 9)
  expect(verdict.words).toBe(
    'Clearly better than the base. Clearly better than as much plain SFT. Clearly better than the iteration before.',
  )
  expect(run.scores.map(({ iteration }) => iteration)).toEqual([-1, 0, 1])
  expect(run.sft?.iteration).toBe(-2)
  expect(tests.map(({ id }) => id)).toEqual([
    'sampled',
    'greedy',
    'kind:pick',
    'kind:sorted',
    'nll',
    'rewardAccuracy',
  ])
})

test('a gain on one prompt of sixty is within error', async () => {
  const { store, runId } = recordRun({ [-1]: base, 0: slightly }, { best: 0 })
  const { verdict } = await describeResults(store, runId, null)
  expect(verdict.overBase).toMatchObject({ clear: false })
  expect(verdict.words).toBe('Within error of the base.')
})

test('where the stop rule compares the NLL, it comes first and lower counts as better', async () => {
  const { store, runId } = recordRun({ [-1]: base, 0: better }, { score: 'nll', best: 0 })
  const { tests, verdict } = await describeResults(store, runId, null)
  expect(tests[0]).toMatchObject({ id: 'nll', unit: 'nats', higherIsBetter: false })
  expect(verdict.overBase).toMatchObject({ half: null, clear: null })
  expect(verdict.overBase!.mean).toBeGreaterThan(0)
  expect(verdict.words).toBe('Lower held-out NLL than the base.')
})

test('rolling back changes which model is in use, and nothing else', async () => {
  const { store, runId, dir } = recordRun({ [-1]: base, 0: slightly, 1: better })
  expect(iterationInUse(store, store.run(runId)!)).toBe(1)
  store.saveRunNote(runId, { ...store.runNote(runId), inUse: 0 }, 9)
  const { models, verdict } = await describeResults(store, runId, null)
  expect(models.map(({ iteration, inUse, best }) => [iteration, inUse, best])).toEqual([
    [-1, false, false],
    [0, true, false],
    [1, false, true],
  ])
  expect(verdict.iteration).toBe(0)
  expect(existsSync(join(dir, 'iter-1', 'model', 'model.safetensors'))).toBe(true)
  expect(models.find(({ iteration }) => iteration === 0)?.remark).toBe('decision of 0')
})

test('answers that are gone leave the recorded means of what needs no answers', async () => {
  const { store, runId, dir } = recordRun({ [-1]: base, 0: better }, { best: 0 })
  for (const iteration of [-1, 0]) rmSync(join(dir, `evaluation-of-${iteration}`), { recursive: true })
  const { tests, verdict } = await describeResults(store, runId, null)
  expect(tests.map(({ id }) => id)).toEqual(['nll', 'rewardAccuracy'])
  expect(verdict.overBase).toBeNull()
})

test('an unknown run and an iteration without a model are refused by name', async () => {
  const { store, runId } = recordRun({ [-1]: base, 0: better }, { best: 0 })
  await expect(describeResults(store, 99, null)).rejects.toThrow(
    'Expected the number of a recorded run, found 99',
  )
  expect(() => modelDirOf(store, runId, 5)).toThrow(`Iteration 5 of run ${runId} has no model`)
})

test('above 1,500 prompts the normal interval takes over and agrees with the bootstrap', () => {
  const values = Array.from({ length: 1600 }, (_, i) => ((i * 7919) % 100 < 37 ? 100 : 0))
  const [normal, bootstrap] = [scoreInterval(values), bootstrapMean(values, { resamples: 4000 })]
  expect(normal.mean).toBe(bootstrap.mean)
  // A tenth of the width: the bootstrap's own noise at 4,000 resamples is about a twentieth.
  const width = bootstrap.high - bootstrap.low
  expect(Math.abs(normal.low - bootstrap.low)).toBeLessThan(width / 10)
  expect(Math.abs(normal.high - bootstrap.high)).toBeLessThan(width / 10)
})

test('a model whose files are links, as in the Hub’s cache, has the size of what they lead to', async () => {
  const { store, runId, home, modelDir } = recordRun({ [-1]: base, 0: better }, { best: 0 })
  renameSync(join(modelDir, 'model.safetensors'), join(home, 'blob'))
  symlinkSync(join(home, 'blob'), join(modelDir, 'model.safetensors'))
  const { models } = await describeResults(store, runId, null)
  expect(models.find(({ iteration }) => iteration === -1)?.bytes).toBe(1000)
})

test('a line that is no answer is named', async () => {
  const { store, runId, dir } = recordRun({ [-1]: base, 0: better }, { best: 0 })
  appendFileSync(join(dir, 'evaluation-of-0', 'answers.jsonl'), '{"id": 7}\n')
  await expect(describeResults(store, runId, null)).rejects.toThrow(`Line ${prompts + 1} of`)
})

test('plain SFT that was never trained cannot be used', () => {
  const { store, runId, dir } = recordRun({ [-1]: base, 0: better }, { best: 0 })
  expect(() => modelDirOf(store, runId, -2)).toThrow(`Plain SFT of run ${runId} has no model`)
  store.startStage({ runId, iteration: -2, name: 'finetune' }, '{}', 1)
  store.finishStage({ runId, iteration: -2, name: 'finetune' }, '{}', '[]', 1)
  expect(modelDirOf(store, runId, -2)).toBe(join(dir, 'sft', 'model'))
})

test('a difference on a handful of prompts is never called clear', () => {
  const model = (iteration: number, count: number, right: boolean) => ({
    iteration,
    evaluation: {} as EvaluationResult,
    answers: Array.from({ length: count }, (_, i) => ({
      id: `row-${i}`,
      check: null,
      greedyValid: right,
      sampledValid: [],
    })),
  })
  for (const [count, clear] of [
    [1, false],
    [9, false],
    [10, true],
  ] as const) {
    const models = [model(-1, count, false), model(0, count, true)]
    expect(compare(models, 0, -1, 'greedy')).toMatchObject({ mean: 100, prompts: count, clear })
  }
})
