import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { copyRun } from '../../../src/main/projects/copy-run.ts'
import { openStore } from '../../../src/main/store/store.ts'

function record() {
  const dir = mkdtempSync(join(tmpdir(), 'copy-run-'))
  const store = openStore({ path: join(dir, 'app.sqlite') })
  onTestFinished(() => {
    store.close()
    rmSync(dir, { recursive: true })
  })
  store.saveProject({ id: 'p', dir: '/p', name: 'P', createdAt: 1, updatedAt: 1 })
  return store
}

test('benchmarks come along: what is done with its scores, what waited or was at work paused', () => {
  const [from, to] = [record(), record()]
  from.createRun({ projectId: 'p', setup: '{}', seed: 1, createdAt: 1 })
  from.deleteProject('p')
  from.saveProject({ id: 'p', dir: '/p', name: 'P', createdAt: 1, updatedAt: 1 })
  const runId = from.createRun({ projectId: 'p', setup: '{}', seed: 1, createdAt: 1 })
  const asked = (iteration: number) =>
    from.createBenchmark({
      runId,
      iteration,
      modelDir: `project:/iter-${iteration}/model`,
      modelSha256: null,
      dataDir: '/data',
      outDir: `project:/iter-${iteration}/benchmarks/abc`,
      settings: '{"tasks":["gsm8k"]}',
      settingsKey: 'abc',
      besideRun: 0,
      createdAt: iteration,
      queuedAt: iteration,
    })
  const [done, running, failed] = [0, 1, 2].map(asked) as [number, number, number]
  const scores = [
    {
      task: 'gsm8k',
      partOf: null,
      metric: 'exact_match',
      filter: 'get-answer',
      value: 0.25,
      stderr: 0.1,
      questions: 20,
      primary: true,
    },
  ]
  from.addBenchmarkSeconds(done, 7)
  from.finishBenchmark(done, { result: '{"kind":"done"}', modelSha256: 'f00d', scores }, 9)
  from.saveBenchmarkScores(running, scores)
  from.setBenchmarkState(running, 'running')
  from.setBenchmarkState(failed, 'failed', 'The model was gone.')
  from.saveContamination(runId, '{"words":13}', 3)

  const copied = to.transaction(() => copyRun(from, to, 'p'))!
  expect(copied.toRun).not.toBe(copied.fromRun)
  expect(to.benchmarksOf(copied.toRun)).toMatchObject([
    { iteration: 2, state: 'failed', problem: 'The model was gone.' },
    { iteration: 1, state: 'paused', problem: null },
    {
      iteration: 0,
      state: 'done',
      result: '{"kind":"done"}',
      modelSha256: 'f00d',
      seconds: 7,
      finishedAt: 9,
    },
  ])
  for (const { id } of to.benchmarksOf(copied.toRun).slice(1)) expect(to.benchmarkScores(id)).toEqual(scores)
  expect(to.contamination(copied.toRun)).toBe('{"words":13}')
})
