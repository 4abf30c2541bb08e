import { copyFileSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { BenchmarkScore } from '../../../src/contract/benchmarks.ts'
import { openDatabase } from '../../../src/main/store/database.ts'
import { migrate, readMigrations } from '../../../src/main/store/migrate.ts'
import { openStore } from '../../../src/main/store/store.ts'
import { folderOfTest } from '../../temp-folder.ts'

const shipped = join(import.meta.dirname, '../../../src/main/store/migrations')

function folder(): string {
  const dir = folderOfTest('benchmark-store')
  return dir
}

function withRun(path = join(folder(), 'app.sqlite')) {
  const store = openStore({ path })
  onTestFinished(() => store.close())
  store.saveProject({ id: 'p', dir: '/p', name: 'P', createdAt: 1, updatedAt: 1 })
  return { store, runId: store.createRun({ projectId: 'p', setup: '{}', seed: 42, createdAt: 1 }) }
}

const asked = (runId: number, iteration: number, queuedAt: number) => ({
  runId,
  iteration,
  modelDir: `project:/iter-${iteration}/model`,
  modelSha256: null,
  dataDir: '/data',
  outDir: `project:/iter-${iteration}/benchmarks/abc`,
  settings: '{"tasks":["arc_challenge"]}',
  settingsKey: 'abc',
  besideRun: 0 as const,
  createdAt: queuedAt,
  queuedAt,
})

const score = (task: string, metric: string, value: number): BenchmarkScore => ({
  task,
  partOf: null,
  metric,
  filter: 'none',
  value,
  stderr: null,
  questions: 40,
  primary: metric === 'acc_norm',
})

test('a record of the version before gets the tables of benchmarks, and keeps its runs', () => {
  const dir = folder()
  const older = join(dir, 'migrations')
  mkdirSync(older)
  for (const name of readdirSync(shipped).filter((file) => file < '0005'))
    copyFileSync(join(shipped, name), join(older, name))
  const path = join(dir, 'app.sqlite')
  const old = openDatabase(path)
  migrate(old, path, readMigrations(older))
  old.exec(`INSERT INTO projects VALUES ('p', '/p', 'P', 1, 1);
    INSERT INTO runs (id, project_id, setup, state, seed, created_at) VALUES (7, 'p', '{}', 'running', 42, 1)`)
  old.close()
  const store = openStore({ path })
  onTestFinished(() => store.close())
  const id = store.createBenchmark(asked(7, -1, 5))
  expect(store.benchmark(id)).toMatchObject({ runId: 7, iteration: -1, state: 'waiting', seconds: 0 })
})

test('the queue is in the order of asking, and what goes on again stands behind', () => {
  const { store, runId } = withRun()
  const [base, first, second] = [-1, 0, 1].map((iteration) =>
    store.createBenchmark(asked(runId, iteration, 10 + iteration)),
  ) as [number, number, number]
  store.setBenchmarkState(base, 'failed', 'Expected the model, found nothing.')
  expect(store.benchmarksIn('waiting').map(({ id }) => id)).toEqual([first, second])
  store.queueBenchmark(base, true, 99)
  expect(store.benchmarksIn('waiting').map(({ id }) => id)).toEqual([first, second, base])
  expect(store.benchmark(base)).toMatchObject({ besideRun: 1, problem: null })
  expect(store.benchmarksOf(runId).map(({ id }) => id)).toEqual([second, first, base])
  expect(store.benchmarkWith(runId, 0, 'abc')?.id).toBe(first)
  expect(store.benchmarkWith(runId, 0, 'other')).toBeUndefined()
  expect(() => store.createBenchmark(asked(runId, 0, 100))).toThrow(/UNIQUE/)
})

test('scores come task by task and are replaced by the whole at the end; deleting a run deletes all of it', () => {
  const { store, runId } = withRun()
  const id = store.createBenchmark(asked(runId, 0, 1))
  const [acc, norm] = [score('arc_challenge', 'acc', 0.25), score('arc_challenge', 'acc_norm', 0.5)]
  store.saveBenchmarkScores(id, [acc, norm])
  store.saveBenchmarkScores(id, [score('winogrande', 'acc', 0.75)])
  expect(store.benchmarkScores(id).map(({ task, value }) => [task, value])).toEqual([
    ['arc_challenge', 0.25],
    ['arc_challenge', 0.5],
    ['winogrande', 0.75],
  ])
  store.addBenchmarkSeconds(id, 2)
  store.addBenchmarkSeconds(id, 3)
  store.finishBenchmark(id, { result: '{"kind":"done"}', modelSha256: 'f00d', scores: [norm, acc] }, 9)
  expect(store.benchmarkScores(id)).toEqual([norm, acc])
  expect(store.benchmark(id)).toMatchObject({
    state: 'done',
    seconds: 5,
    modelSha256: 'f00d',
    finishedAt: 9,
    result: '{"kind":"done"}',
  })
  store.saveContamination(runId, '{"words":13}', 3)
  store.saveContamination(runId, '{"words":8}', 4)
  expect(store.contamination(runId)).toBe('{"words":8}')
  store.deleteProject('p')
  expect([store.benchmark(id), store.contamination(runId)]).toEqual([undefined, undefined])
  expect(store.benchmarkScores(id)).toEqual([])
})
