import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { BenchmarkEvaluation } from '../../../src/contract/app/benchmarks.ts'
import { BenchmarkSettings } from '../../../src/contract/benchmarks.ts'
import { AppError } from '../../../src/contract/errors.ts'
import { payAttention } from '../../../src/main/attention/attention.ts'
import { askedEvaluation } from '../../../src/main/benchmarks/asked-evaluation.ts'
import { createBenchmarkQueue } from '../../../src/main/benchmarks/benchmark-queue.ts'
import type { HostServices, Notice } from '../../../src/main/host-services.ts'
import type { EngineAccess } from '../../../src/main/loop/engine-access.ts'
import { fromPortable } from '../../../src/main/loop/portable-paths.ts'
import { benchmarkData, openProgram, starterModel, starterRun, type Program } from './starter-run.ts'

const never = new AbortController().signal
const isDone = ({ state }: BenchmarkEvaluation) => state === 'done'
const hasBegun = ({ state, progress }: BenchmarkEvaluation) =>
  state === 'running' && progress !== null && progress.done > 0
/** Long enough to be interrupted: fourteen batches. */
const long = { tasks: ['arc_challenge'] }

function bytesOf({ app }: Program, id: number, dir: string, task: string): string {
  const outDir = fromPortable(app.store.benchmark(id)!.outDir, dir) as string
  return readFileSync(join(outDir, `${task}.jsonl`), 'utf8')
}

test('evaluations are done one after another, and asked for again they are the same', async () => {
  const run = starterRun()
  const program = openProgram(run)
  const [base, first] = (await program.start([-1, 0], { limit: 4 })) as [number, number]
  expect(program.evaluation(first)).toMatchObject({ state: 'waiting', waitsFor: 'evaluation' })
  const done = await program.until(first, isDone)
  expect(program.evaluation(base)).toMatchObject({ state: 'done', problem: null })
  expect(done.scores).toEqual([
    expect.objectContaining({ task: 'winogrande', metric: 'acc', questions: 4, primary: true }),
  ])
  expect(done).toMatchObject({ average: null, provenance: { profile: 'harness-0.4.0', limit: 4 } })
  expect(await program.start([-1, 0], { limit: 4 })).toEqual([base, first])
  expect(program.services.benchmarks.live()).toBeNull()
  // Base and iteration 0 are the same weights.
  expect(bytesOf(program, first, run.dir, 'winogrande')).toBe(bytesOf(program, base, run.dir, 'winogrande'))
})

test('pause, a killed engine and a closed program change no byte', async () => {
  const run = starterRun()
  const program = openProgram(run)
  const [whole] = (await program.start([-1], long)) as [number]
  await program.until(whole, isDone)
  const [id] = (await program.start([0], long)) as [number]

  await program.until(id, hasBegun)
  expect(() => program.services.projects.expectIdle(run.projectId, 'delete it')).toThrow(
    'This project is being measured with benchmarks. Wait for that or stop it, then delete it.',
  )
  await program.handlers.calls.pauseBenchmark({ id }, never)
  expect(program.evaluation(id)).toMatchObject({ state: 'paused', problem: null, progress: null })
  await program.handlers.calls.resumeBenchmark({ id, besideRun: false }, never)

  await program.until(id, hasBegun)
  const { pid } = await program.app.evaluator.call('describe', {})
  process.kill(pid, 'SIGKILL')
  await program.until(id, hasBegun)
  await program.app.dispose()

  const again = openProgram(run)
  const done = await again.until(id, isDone)
  expect(done.scores.map(({ task }) => task)).toContain('arc_challenge')
  for (const task of long.tasks)
    expect(bytesOf(again, id, run.dir, task)).toBe(bytesOf(again, whole, run.dir, task))
}, 180_000)

test('an evaluation waits for a self-play run, gives way to one that starts, and runs beside it if asked to', async () => {
  const run = starterRun()
  const program = openProgram(run)
  const { board } = program.services
  /** A run that is being prepared is live already. */
  function startRun(): () => void {
    let fail = (_error: AppError): void => undefined
    const setup = () => new Promise<never>((_, reject) => (fail = reject))
    board.start({ projectDir: join(dirname(run.dir), 'another'), setup })
    return () => fail(new AppError('CANCELLED', 'The run was stopped.'))
  }
  const endFirst = startRun()
  const [waits] = (await program.start([-1], long)) as [number]
  expect(program.evaluation(waits)).toMatchObject({ state: 'waiting', waitsFor: 'run', besideRun: false })
  const [beside] = (await program.start([0], { limit: 2 }, true)) as [number]
  await program.until(beside, isDone)
  expect(program.evaluation(waits).state).toBe('waiting')

  endFirst()
  await program.until(waits, hasBegun)
  const endSecond = startRun()
  expect(await program.until(waits, ({ state }) => state === 'waiting')).toMatchObject({ waitsFor: 'run' })
  endSecond()
  await program.until(waits, isDone)
}, 120_000)

test('while the engine is at another job an evaluation waits, and asks again only now and then', async () => {
  const run = starterRun()
  const program = openProgram(run)
  const { app, services } = program
  const settings = BenchmarkSettings.parse({ tasks: ['arc_challenge', 'truthfulqa_mc2'] })
  const other = { modelDir: starterModel, dataDir: benchmarkData, outDir: join(run.home, 'other'), settings }
  const job = app.evaluator.stream('benchmark', other)[Symbol.asyncIterator]()
  await job.next()
  let asked = 0
  const evaluator: EngineAccess = {
    call: app.evaluator.call,
    stream(...request) {
      asked++
      return app.evaluator.stream(...request)
    },
  }
  const queue = createBenchmarkQueue({ ...services, store: app.store, evaluator })
  const wanted = { runId: run.runId, iteration: -1, dataDir: benchmarkData, besideRun: false }
  const row = askedEvaluation(
    app.store,
    { ...wanted, settings: { ...settings, tasks: ['winogrande'], limit: 2 } },
    1,
  )
  const id = app.store.createBenchmark(row)
  queue.pump()
  await program.until(id, ({ state }) => state === 'waiting' && asked === 1)
  queue.pump()
  expect([asked, queue.live()]).toEqual([1, null])
  while (!(await job.next()).done);
  await program.until(id, isDone)
  expect(asked).toBeLessThan(20)
  await queue.close()
}, 60_000)

test('what cannot be measured is told: unknown tasks, missing rows, missing models', async () => {
  const run = starterRun()
  const program = openProgram(run)
  await expect(program.start([-1], { tasks: ['arc_chalenge'] })).rejects.toThrow(
    'found arc_chalenge. Known: arc_challenge',
  )
  await expect(program.start([7], {})).rejects.toThrow('Iteration 7')
  await expect(program.start([-1], { chatTemplate: true })).rejects.toThrow('knew no chat template')
  program.services.preferences.set({ benchmarkDataDir: run.home })
  await expect(program.start([-1], {})).rejects.toThrow(/no data to be measured with/)
  const { tasks } = await program.handlers.calls.benchmarkData({ taskFiles: [] }, never)
  expect(tasks.find(({ task }) => task === 'winogrande')).toMatchObject({
    state: 'missing',
    folder: 'winogrande',
  })
})

test('removing stops the one at work, and the next begins', async () => {
  const program = openProgram(starterRun())
  const [first, second] = (await program.start([-1, 0], { ...long, limit: 20 })) as [number, number]
  await program.until(first, hasBegun)
  await program.handlers.calls.removeBenchmark({ id: first }, never)
  expect(program.app.store.benchmark(first)).toBeUndefined()
  await program.until(second, hasBegun)
  await program.handlers.calls.removeBenchmark({ id: second }, never)
  expect(program.services.benchmarks.live()).toBeNull()
})

test('the system is kept awake meanwhile and told of the end', async () => {
  const program = openProgram(starterRun())
  const { services, app } = program
  const [notices, awake]: [Notice[], boolean[]] = [[], []]
  const host: HostServices = {
    kind: 'desktop',
    versions: {},
    notify: (notice) => notices.push(notice),
    keepAwake: (on) => awake.push(on),
  }
  const attention = payAttention({ ...services, store: app.store, host })
  onTestFinished(() => attention.end())
  const [base, first] = (await program.start([-1, 0], { limit: 4 })) as [number, number]
  await program.until(first, isDone)
  await expect.poll(() => awake, { timeout: 10_000 }).toEqual([true, false])
  expect(notices).toEqual([
    {
      title: 'The benchmarks of run 1 are done',
      body: 'Recorded',
      open: { projectId: expect.any(String), runId: 1 },
    },
  ])
  expect(program.evaluation(base).state).toBe('done')
})
