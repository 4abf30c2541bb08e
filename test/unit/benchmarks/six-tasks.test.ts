import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { leaderboardTasks } from '../../../src/contract/benchmarks.ts'
import type { HarnessResults } from '../../../src/main/benchmarks/harness-results.ts'
import { runTerminal } from '../../../src/main/terminal/index.ts'
import { folderOfTest } from '../../temp-folder.ts'
import { serveHub } from './hub-server.ts'
import { temporaryFolder } from './question-fixture.ts'
import { benchmarkData, openProgram, starterModel, starterRun } from './starter-run.ts'

const never = new AbortController().signal

async function evaluate(...more: readonly string[]) {
  const dir = folderOfTest('six-tasks')
  const data = more.includes('--data') ? [] : ['--data', benchmarkData]
  const base = ['evaluate', '--model', starterModel, ...data, '--output_dir', dir]
  const run = async (...extra: string[]) => {
    let [out, error] = ['', '']
    const streams = {
      out: { write: (text: string) => (out += text) },
      error: { write: (text: string) => (error += text) },
    }
    return { code: await runTerminal([...base, ...more, ...extra], streams), out, error }
  }
  const readResults = () => JSON.parse(readFileSync(join(dir, 'results.json'), 'utf8')) as HarnessResults
  return { run, readResults }
}

test('all six tasks on the starter, in the terminal: the harness’s results, and the same again from disk', async () => {
  const { run, readResults } = await evaluate('--tasks', 'leaderboard', '--limit', '2')
  const first = await run()
  expect([first.code, first.error]).toEqual([0, ''])
  expect(first.out).toMatch(/average of the six: \d+\.\d\d/)
  const results = readResults()
  for (const task of leaderboardTasks) expect(Object.keys(results.results), task).toContain(task)
  expect(results.results['arc_challenge']).toMatchObject({
    'acc_norm,none': expect.any(Number),
    sample_len: 2,
  })
  expect(results.results['gsm8k']).toHaveProperty('exact_match,get-answer')
  expect(results.results['mmlu']).toMatchObject({ sample_len: 114 }) // two of each of 57 subjects
  expect(results['n-shot']).toMatchObject({ arc_challenge: 25, winogrande: 0, mmlu: 5 })
  const again = await run()
  expect([again.code, again.error]).toEqual([0, ''])
  expect(readResults().results).toEqual(results.results)
}, 120_000)

test('what it would cost is told without measuring', async () => {
  const { run, readResults } = await evaluate('--tasks', 'arc_challenge,gsm8k', '--cost')
  const { code, out, error } = await run()
  expect([code, error]).toEqual([0, ''])
  expect(out).toMatch(/arc_challenge +40 /)
  expect(() => readResults()).toThrow('ENOENT')
}, 60_000)

test('rows that are missing are fetched from a hub when asked for, and then measured', async () => {
  const rows = (split: string) =>
    readFileSync(join(benchmarkData, 'gsm8k', 'main', `${split}-00000-of-00001.parquet`))
  const files = Object.fromEntries(
    ['train', 'test'].map((split) => [`main/${split}-00000-of-00001.parquet`, rows(split)]),
  )
  const hub = await serveHub({ 'openai/gsm8k': { main: files } })
  const dataDir = temporaryFolder()
  vi.stubEnv('HF_ENDPOINT', hub.base)
  onTestFinished(() => void vi.unstubAllEnvs())
  const { run, readResults } = await evaluate(
    '--tasks',
    'gsm8k',
    '--limit',
    '1',
    '--fetch',
    '--data',
    dataDir,
  )
  const { code, out, error } = await run()
  expect([code, error]).toEqual([0, ''])
  expect(out).toContain('gsm8k/main/test-00000-of-00001.parquet')
  expect(readResults().results['gsm8k']).toMatchObject({ sample_len: 1 })
}, 60_000)

test('a task of one’s own is a YAML file, and gives no average', async () => {
  const dir = temporaryFolder()
  const rows = ['Rome', 'Paris', 'Oslo'].map((city, i) => ({
    q: `Where is ${city}?`,
    a: ['Italy', 'France', 'Norway'],
    i,
  }))
  writeFileSync(join(dir, 'rows.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  writeFileSync(
    join(dir, 'capitals.yaml'),
    [
      'task: capitals',
      'dataset_path: json',
      'dataset_kwargs: { data_files: { test: rows.jsonl } }',
      'test_split: test',
      'output_type: multiple_choice',
      'doc_to_text: "{{q}}"',
      'doc_to_choice: "{{a}}"',
      'doc_to_target: i',
    ].join('\n'),
  )
  const yaml = join(dir, 'capitals.yaml')
  const { run, readResults } = await evaluate('--tasks', 'capitals', '--task-file', yaml)
  const { code, out, error } = await run()
  expect([code, error]).toEqual([0, ''])
  expect(out).not.toContain('average')
  expect(readResults().results['capitals']).toMatchObject({ 'acc,none': expect.any(Number), sample_len: 3 })
  expect(readResults()['n-samples']).toEqual({ capitals: { original: 3, effective: 3 } })
}, 60_000)

test('in the app: cost first, then all six with their average, and the harness’s JSON after', async () => {
  const run = starterRun()
  const program = openProgram(run)
  const tasks = [...leaderboardTasks]
  const settings = {
    tasks,
    limit: 1,
    profile: 'harness-current' as const,
    chatTemplate: false,
    taskFiles: [],
  }
  const costs = program.handlers.streams.benchmarkCost(
    { model: { runId: run.runId, iteration: 0 }, settings },
    never,
  )
  expect(await lastOf(costs)).toMatchObject({ kind: 'done', tasks: { length: 6 } })
  const [id] = (await program.start([0], settings)) as [number]
  const done = await program.until(id, ({ state }) => state === 'done' || state === 'failed')
  expect([done.state, done.problem]).toEqual(['done', null])
  const primary = done.scores.filter((score) => score.primary && score.partOf === null)
  expect(done.average).toBeCloseTo(primary.reduce((sum, { value }) => sum + value, 0) / 6, 12)
  const { json, name } = await program.handlers.calls.benchmarkJson({ id }, never)
  expect(name).toMatch(/^results_.*\.json$/)
  expect((JSON.parse(json) as HarnessResults)['n-shot']).toMatchObject({ winogrande: 5 })
  const page = { otherId: null, show: 'all' as const, search: '', offset: 0, limit: 10 }
  const anatomy = await program.handlers.calls.benchmarkQuestions(
    { id, task: 'mmlu_anatomy', ...page },
    never,
  )
  expect(anatomy).toMatchObject({ total: 1, questions: [{ question: { choices: { length: 4 } } }] })
}, 120_000)

test('a training row that holds a question is found, and kept with the run', async () => {
  const run = starterRun()
  const program = openProgram(run)
  const [id] = (await program.start([0], { tasks: ['hellaswag'] })) as [number]
  await program.until(id, ({ state }) => state === 'done')
  const page = { otherId: null, show: 'all' as const, search: '', offset: 0, limit: 40 }
  const { questions } = await program.handlers.calls.benchmarkQuestions(
    { id, task: 'hellaswag', ...page },
    never,
  )
  const long = questions.find(({ question: { question } }) => question.split(/\s+/).length > 20)!.question
  const rows = [
    { prompt: `Go on: ${long.question.toUpperCase()}`, response: 'Yes' },
    ...Array.from({ length: 20 }, (_, i) => ({ prompt: `What is ${i} and ${i}?`, response: `${2 * i}` })),
  ]
  const source = join(run.home, 'rows.jsonl')
  writeFileSync(source, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  const outDir = join(run.dir, 'data')
  const imported = await lastOf(
    program.app.inspector.stream(
      'importDataset',
      { sources: [source], outDir, testShare: 0 },
      { signal: never },
    ),
  )
  expect(imported).toMatchObject({ kind: 'done' })
  const { trainPath, testPath } = imported as { trainPath: string; testPath: string }
  const files = { trainPath, testPath, trainRows: 21, testRows: 0 }
  program.app.store.saveDataset({
    ...files,
    projectId: run.projectId,
    sha256: 'rows',
    source: '{}',
    createdAt: 1,
  })
  const asked = { runId: run.runId, tasks: ['hellaswag', 'winogrande'] }
  const found = await lastOf(program.handlers.streams.checkContamination(asked, never))
  expect(found).toMatchObject({
    kind: 'done',
    tasks: [
      {
        task: 'hellaswag',
        questions: 40,
        examples: expect.arrayContaining([expect.objectContaining({ index: long.index })]),
      },
      { task: 'winogrande', overlapping: 0 },
    ],
  })
  expect(JSON.parse(program.app.store.contamination(run.runId)!)).toEqual(found)
}, 120_000)

async function lastOf<T>(events: AsyncIterable<T>): Promise<T | undefined> {
  let last: T | undefined
  for await (const event of events) last = event
  return last
}
