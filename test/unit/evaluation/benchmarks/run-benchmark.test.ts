import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { BenchmarkQuestion } from '../../../../src/contract/benchmarks.ts'
import type { BenchmarkTaskDone, Progress } from '../../../../src/contract/engine.ts'
import { openModelFolder } from '../../../../src/engine/model/model-folder.ts'
import {
  type BenchmarkRun,
  type LoadedTask,
  runBenchmark,
} from '../../../../src/engine/stages/run-benchmark.ts'
import { loadTokenizer } from '../../../../src/engine/text/tokenizer.ts'
import { folderOfTests } from '../../../temp-folder.ts'
import { writeTinyModel } from '../../model-folder/tiny-model.ts'
import { normals } from '../../tensor/normals.ts'
import { drawnShots, generated, partial, subject, taskOf } from './sample-tasks.ts'

const home = folderOfTests('spin-benchmark-run')

let model: BenchmarkRun['model']
beforeAll(async () => {
  const dir = mkdtempSync(join(home, 'model-'))
  await writeTinyModel(dir, {
    config: { max_position_embeddings: 512, hidden_size: 64 },
    tokenizer: { bosToken: '<s>', eosToken: '</s>' },
    change: (weights) => {
      let seed = 1
      for (const [name, { data }] of weights)
        data.set(normals(data.length, seed++).map((x) => (name.includes('norm') ? 1 : 0) + 0.3 * x))
    },
  })
  model = { folder: await openModelFolder(dir), tokenizer: await loadTokenizer(dir) }
})

const tasks = (): LoadedTask[] => [
  { name: 'generated', parts: [taskOf('generated', generated(5))] },
  { name: 'drawn', parts: [taskOf('drawn', drawnShots(12))] },
  {
    name: 'subjects',
    parts: ['subject_a', 'subject_b'].map((name) =>
      taskOf(name, subject(9, name), ['subjects_all', 'subjects']),
    ),
  },
  { name: 'partial', parts: [taskOf('partial', partial(4))] },
]

const runOf = (outDir: string, changed: Partial<BenchmarkRun> = {}): BenchmarkRun => ({
  model,
  tasks: tasks(),
  profile: 'harness-0.4.0',
  chatTemplate: false,
  outDir,
  batchTokens: 400,
  ...changed,
})

/** Runs to the end, or until so many progress events. */
async function run(benchmark: BenchmarkRun, untilProgress = Infinity) {
  const stop = new AbortController()
  const stream = runBenchmark(benchmark, stop.signal)
  const progress: Progress[] = []
  const done: BenchmarkTaskDone[] = []
  for (;;) {
    const next = await stream.next()
    if (next.done) return { totals: next.value, progress, done }
    if (next.value.kind === 'progress') progress.push(next.value)
    if (next.value.kind === 'task') done.push(next.value)
    if (progress.length >= untilProgress) stop.abort()
  }
}

const newFolder = () => mkdtempSync(join(home, 'out-'))
const filesOf = (dir: string) =>
  Object.fromEntries(readdirSync(dir).map((name) => [name, readFileSync(join(dir, name), 'utf8')]))
const linesOf = (path: string) =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as BenchmarkQuestion)

test('tasks are asked, told and counted; their questions stand in the order of the dataset', async () => {
  const outDir = newFolder()
  const { totals, progress, done } = await run(runOf(outDir))
  expect(done.map(({ task }) => task)).toEqual(['drawn', 'subjects', 'partial', 'generated'])
  expect(totals).toMatchObject({ questions: 39, truncated: 0 })
  expect(totals.requests).toBe(5 + 4 * (3 + 4 + 5) + 18 * 4 + 4 * 2)
  expect(totals.requestsPerSecond).toBeGreaterThan(0)
  expect(progress.at(-1)).toMatchObject({ done: 39, total: 39, unit: 'questions' })
  expect(Object.keys(totals.questionPaths)).toEqual(['generated', 'drawn', 'subjects', 'partial'])
  expect(totals.scores.filter(({ partOf }) => partOf === null).map(({ task }) => task)).toEqual(
    expect.arrayContaining(['generated', 'drawn', 'subjects', 'partial']),
  )
  const lines = linesOf(totals.questionPaths['subjects']!)
  expect(lines.map(({ task, index }) => `${task} ${index}`)).toEqual(
    ['subject_a', 'subject_b'].flatMap((task) => Array.from({ length: 9 }, (_, i) => `${task} ${i}`)),
  )
  for (const { logLikelihoods, greedy, choices, metrics, gold } of lines) {
    expect(logLikelihoods.every((value) => value < 0)).toBe(true)
    expect([logLikelihoods.length, greedy.length]).toEqual([choices.length, choices.length])
    const best = logLikelihoods.indexOf(Math.max(...logLikelihoods))
    expect(metrics).toEqual({ 'acc,none': gold.includes(best) ? 1 : 0 })
  }
  const answers = linesOf(totals.questionPaths['generated']!)
  expect(answers.every(({ response }) => response !== null && !/\n\n|Q:/.test(response))).toBe(true)
  expect(readdirSync(outDir).toSorted()).toEqual(
    ['drawn', 'generated', 'partial', 'subjects']
      .flatMap((name) => [`${name}.jsonl`, `${name}.key.json`])
      .toSorted(),
  )

  const again = await run(runOf(outDir))
  expect(again.totals).toEqual({ ...totals, requestsPerSecond: null })
  expect(again.done).toEqual(done)
})

test('stopped after any batch and asked again, it ends with the same bytes', async () => {
  const whole = newFolder()
  const { progress } = await run(runOf(whole))
  expect(progress.length).toBeGreaterThan(8)
  const expected = filesOf(whole)
  for (const untilProgress of [2, 5, 8]) {
    const outDir = newFolder()
    await expect(run(runOf(outDir), untilProgress)).rejects.toMatchObject({ code: 'CANCELLED' })
    const { totals } = await run(runOf(outDir))
    expect(filesOf(outDir)).toEqual(expected)
    expect(totals.questions).toBe(39)
  }
})

test('what a crash left of a journal is cut off, and made again', async () => {
  const [outDir, whole] = [newFolder(), newFolder()]
  await run(runOf(whole))
  await expect(run(runOf(outDir), 3)).rejects.toMatchObject({ code: 'CANCELLED' })
  const journal = join(outDir, 'drawn.journal.jsonl')
  const lines = readFileSync(journal, 'utf8').trimEnd().split('\n')
  expect(lines.length).toBeGreaterThan(3)
  writeFileSync(journal, `${lines.slice(0, 2).join('\n')}\n${lines[2]!.slice(0, 40)}`)
  await run(runOf(outDir))
  expect(filesOf(outDir)).toEqual(filesOf(whole))

  // A finished file that was hurt later is no answer either.
  const path = join(outDir, 'partial.jsonl')
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, text.slice(0, text.length / 2))
  await run(runOf(outDir))
  expect(filesOf(outDir)).toEqual(filesOf(whole))
  appendFileSync(path, '{"task":"partial","index":99}\n')
  writeFileSync(join(outDir, 'partial.journal.jsonl'), 'killed before it was removed')
  await run(runOf(outDir))
  expect(filesOf(outDir)).toEqual(filesOf(whole))
})

test('rules of scoring may change: log-likelihoods are kept, metrics are computed anew', async () => {
  const outDir = newFolder()
  const one = { tasks: tasks().slice(3) }
  await run(runOf(outDir, one))
  const before = linesOf(join(outDir, 'partial.jsonl'))
  const [task] = one.tasks
  const stricter = { ...task!.parts[0]!, score: () => ({ metrics: { 'acc,none': 0.25 }, extracted: {} }) }
  const { totals } = await run(runOf(outDir, { tasks: [{ name: 'partial', parts: [stricter] }] }))
  expect(totals.scores[0]).toMatchObject({ value: 0.25 })
  expect(linesOf(join(outDir, 'partial.jsonl'))).toEqual(
    before.map((line) => ({ ...line, metrics: { 'acc,none': 0.25 } })),
  )
})

test('a folder with answers to other questions is refused, whole or begun', async () => {
  const outDir = newFolder()
  await run(runOf(outDir, { tasks: tasks().slice(3) }))
  const other = [{ name: 'partial', parts: [taskOf('partial', partial(3))] }]
  await expect(run(runOf(outDir, { tasks: other }))).rejects.toMatchObject({ code: 'FILE_EXISTS' })
  await expect(
    run(runOf(outDir, { tasks: tasks().slice(3), profile: 'harness-current' })),
  ).rejects.toMatchObject({ code: 'FILE_EXISTS' })
  const begun = newFolder()
  await expect(run(runOf(begun, { tasks: tasks().slice(1, 2) }), 2)).rejects.toMatchObject({
    code: 'CANCELLED',
  })
  expect(existsSync(join(begun, 'drawn.journal.jsonl'))).toBe(true)
  const fewer = [{ name: 'drawn', parts: [taskOf('drawn', drawnShots(11))] }]
  await expect(run(runOf(begun, { tasks: fewer }))).rejects.toMatchObject({ code: 'FILE_EXISTS' })
})

test('answers do not depend on how much is computed at once', async () => {
  const [small, large] = [newFolder(), newFolder()]
  await run(runOf(small, { batchTokens: 64 }))
  await run(runOf(large, { batchTokens: 8192 }))
  for (const name of ['drawn', 'subjects', 'partial', 'generated']) {
    const [a, b] = [small, large].map((dir) => linesOf(join(dir, `${name}.jsonl`))) as [
      BenchmarkQuestion[],
      BenchmarkQuestion[],
    ]
    a.forEach((line, i) => {
      expect(line.response).toBe(b[i]!.response)
      line.logLikelihoods.forEach((value, c) =>
        // Float32 sums in another order.
        expect(Math.abs(value - b[i]!.logLikelihoods[c]!)).toBeLessThan(2e-5 * Math.max(1, -value / 10)),
      )
    })
  }
})
