import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { BenchmarkQuestion, BenchmarkScore } from '../../../src/contract/benchmarks.ts'
import { BenchmarkSettings, leaderboardTasks } from '../../../src/contract/benchmarks.ts'
import { BenchmarkResult } from '../../../src/contract/engine.ts'
import { createApp } from '../../../src/main/app.ts'
import { askedEvaluation } from '../../../src/main/benchmarks/asked-evaluation.ts'
import { createBenchmarkHandlers } from '../../../src/main/benchmarks/benchmark-handlers.ts'
import { fromPortable } from '../../../src/main/loop/portable-paths.ts'
import { createServices } from '../../../src/main/services.ts'
import { recordRun } from '../results/result-fixture.ts'
import { question, writeQuestions } from './question-fixture.ts'

const never = new AbortController().signal

function recordedRun() {
  const run = recordRun({ [-1]: () => 1, 0: () => 2, 1: () => 3 })
  const app = createApp({ dataDir: run.home })
  onTestFinished(() => app.dispose())
  const services = createServices(app, run.home)
  const handlers = createBenchmarkHandlers(services)
  const { store } = app

  /** An evaluation that is done: `rights` of the questions of each task. */
  function record(
    iteration: number,
    tasks: Record<string, readonly number[]>,
    settings: Partial<BenchmarkSettings> = {},
    more: { dataSha256?: string; questions?: BenchmarkQuestion[] } = {},
  ): number {
    const asked = BenchmarkSettings.parse({ tasks: Object.keys(tasks), ...settings })
    const row = askedEvaluation(
      store,
      { runId: run.runId, iteration, settings: asked, dataDir: '/data', besideRun: false },
      iteration + 10,
    )
    const id = store.createBenchmark(row)
    const outDir = fromPortable(row.outDir, run.dir) as string
    mkdirSync(outDir, { recursive: true })
    const scores: BenchmarkScore[] = Object.entries(tasks).map(([task, rights]) => {
      writeQuestions(
        more.questions ?? rights.map((right, i) => question(i, right, { task })),
        join(outDir, `${task}.jsonl`),
      )
      const value = rights.reduce((sum, right) => sum + right, 0) / rights.length
      return {
        task,
        partOf: null,
        metric: 'acc',
        filter: 'none',
        value,
        stderr: null,
        questions: rights.length,
        primary: true,
      }
    })
    const result = BenchmarkResult.parse({
      kind: 'done',
      scores,
      questions: 1,
      requests: 2,
      requestsPerSecond: 3,
      truncated: 0,
      provenance: {
        modelSha256: 'f00d',
        profile: asked.profile,
        chatTemplate: false,
        limit: null,
        dataSha256: Object.fromEntries(Object.keys(tasks).map((task) => [task, more.dataSha256 ?? 'rows'])),
        versions: {},
      },
      questionPaths: {},
      seconds: 5,
    })
    store.finishBenchmark(id, { result: JSON.stringify(result), modelSha256: 'f00d', scores }, 99)
    return id
  }
  return { ...run, store, services, handlers, record }
}

async function viewOf({ handlers, runId }: ReturnType<typeof recordedRun>) {
  const abort = new AbortController()
  for await (const view of handlers.streams.watchBenchmarks({ runId }, abort.signal)) {
    abort.abort()
    return view
  }
  return expect.fail('expected a view')
}

test('the page shows models, evaluations with their average, and the paper’s rows', async () => {
  const at = recordedRun()
  const six = Object.fromEntries(leaderboardTasks.map((task, i) => [task, [1, i % 2]]))
  const all = at.record(0, six)
  const one = at.record(1, { gsm8k: [1, 0, 0, 0] })
  rmSync(join(at.dir, 'iter-1', 'model'), { recursive: true })
  const view = await viewOf(at)
  expect(view.models.map(({ iteration, exists }) => [iteration, exists])).toEqual([
    [-1, true],
    [0, true],
    [1, false],
  ])
  expect(view.evaluations.map(({ id, average, state }) => [id, average, state])).toEqual([
    [one, null, 'done'],
    [all, 0.75, 'done'],
  ])
  expect(view.evaluations[0]).toMatchObject({
    model: { runId: at.runId, iteration: 1 },
    modelDir: join(at.dir, 'iter-1', 'model'),
    provenance: { dataSha256: { gsm8k: 'rows' } },
    waitsFor: null,
  })
  expect(view.published[0]).toMatchObject({ label: 'SFT base', average: 58.14 })
  expect([view.runningId, view.dataDir, view.contamination]).toEqual([null, null, null])
})

test('iterations are compared over the same questions; other settings or rows are refused by name', async () => {
  const at = recordedRun()
  const before = at.record(0, { gsm8k: Array.from({ length: 40 }, () => 0) })
  const after = at.record(1, { gsm8k: Array.from({ length: 40 }, (_, i) => (i < 30 ? 1 : 0)) })
  const { differences } = await at.handlers.calls.compareBenchmarks({ a: before, b: after }, never)
  expect(differences).toEqual([
    { task: 'gsm8k', difference: { mean: 75, half: expect.any(Number), prompts: 40, clear: true } },
  ])
  const current = at.record(1, { gsm8k: [1] }, { profile: 'harness-current' })
  const otherRows = at.record(-1, { gsm8k: [1] }, {}, { dataSha256: 'other' })
  const compare = (b: number) => Promise.resolve(at.handlers.calls.compareBenchmarks({ a: before, b }, never))
  await expect(compare(current)).rejects.toThrow('harness-0.4.0 and harness-current')
  await expect(compare(otherRows)).rejects.toThrow('other rows of gsm8k')
  await expect(compare(999)).rejects.toThrow('Expected the number of a recorded evaluation, found 999')
})

test('questions are drilled into by task, subject and group, beside another evaluation', async () => {
  const at = recordedRun()
  const subjects = ['mmlu_anatomy', 'mmlu_virology', 'mmlu_anatomy']
  const questions = (right: number) => subjects.map((task, i) => question(i, right, { task }))
  const a = at.record(0, { mmlu: [0, 0, 0] }, {}, { questions: questions(0) })
  const b = at.record(1, { mmlu: [1, 1, 1] }, {}, { questions: questions(1) })
  const part = (task: string, partOf: string) =>
    at.store.saveBenchmarkScores(b, [{ ...at.store.benchmarkScores(b)[0]!, task, partOf }])
  part('mmlu_stem', 'mmlu')
  part('mmlu_anatomy', 'mmlu_stem')
  part('mmlu_other', 'mmlu')
  part('mmlu_virology', 'mmlu_other')
  const ask = async (task: string, show: 'all' | 'changed' = 'all') => {
    const page = { show, search: '', offset: 0, limit: 10 }
    return at.handlers.calls.benchmarkQuestions({ id: b, otherId: a, task, ...page }, never)
  }
  expect((await ask('mmlu', 'changed')).total).toBe(3)
  const stem = await ask('mmlu_stem')
  expect(stem.questions.map(({ question: { index } }) => index)).toEqual([0, 2])
  expect(stem.questions[0]!.other?.metrics['acc,none']).toBe(0)
  expect((await ask('mmlu_virology')).total).toBe(1)
  await expect(ask('gsm8k')).rejects.toThrow(
    'Expected a task of this evaluation that is done, found gsm8k. Done: mmlu.',
  )
})

test('removing takes record and files away, and nothing else', async () => {
  const at = recordedRun()
  const [id, other] = [at.record(0, { gsm8k: [1] }), at.record(0, { winogrande: [1] })]
  const dirOf = (which: number) => fromPortable(at.store.benchmark(which)!.outDir, at.dir) as string
  const [gone, kept] = [dirOf(id), dirOf(other)]
  await at.handlers.calls.removeBenchmark({ id }, never)
  expect([existsSync(gone), existsSync(kept)]).toEqual([false, true])
  expect(at.store.benchmark(id)).toBeUndefined()
  expect(existsSync(join(at.dir, 'iter-0', 'model', 'model.safetensors'))).toBe(true)
})

test('the same settings of the same model have one folder, whatever is different another', () => {
  const { store, runId, home } = recordedRun()
  const keyOf = (settings: object, iteration = 0, dataDir = '/data') =>
    askedEvaluation(
      store,
      { runId, iteration, settings: BenchmarkSettings.parse(settings), dataDir, besideRun: false },
      1,
    ).settingsKey
  const same = keyOf({ tasks: ['gsm8k', 'mmlu'] })
  expect(keyOf({ tasks: ['mmlu', 'gsm8k'] })).toBe(same)
  const own = join(home, 'own.yaml')
  writeFileSync(own, 'task: own\n')
  const before = keyOf({ tasks: ['own'], taskFiles: [own] })
  writeFileSync(own, 'task: own\nnum_fewshot: 2\n')
  const others = [
    keyOf({ tasks: ['gsm8k'] }),
    keyOf({ tasks: ['gsm8k', 'mmlu'], limit: 10 }),
    keyOf({ tasks: ['gsm8k', 'mmlu'], profile: 'harness-current' }),
    keyOf({ tasks: ['gsm8k', 'mmlu'] }, 0, '/elsewhere'),
    before,
    keyOf({ tasks: ['own'], taskFiles: [own] }),
  ]
  expect(new Set([same, ...others]).size).toBe(1 + others.length)
  expect(() => keyOf({ tasks: ['own'], taskFiles: [join(home, 'gone.yaml')] })).toThrow('gone.yaml')
  expect(() => keyOf({ tasks: ['gsm8k'] }, 7)).toThrow(`Iteration 7 of run ${runId} has no model`)
})

test('a data folder that is none is refused', async () => {
  const { handlers, services, home } = recordedRun()
  const choose = async (dir: string) => handlers.calls.setBenchmarkDataDir({ dir }, never)
  await expect(choose(join(home, 'nowhere'))).rejects.toThrow('nowhere')
  await expect(choose('relative')).rejects.toThrow('relative')
  await choose(home)
  expect(services.preferences.get().benchmarkDataDir).toBe(home)
})
