import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { fromPortable } from '../../src/main/loop/portable-paths.ts'
import { benchmarkData, openProgram, starterRun } from '../unit/benchmarks/starter-run.ts'

const host = fileURLToPath(new URL('./fixtures/benchmark-host.ts', import.meta.url))
const never = new AbortController().signal
const tasks = ['arc_challenge']

test('a program that is killed while it measures says so at its next start, and goes on to the same bytes', async () => {
  const run = starterRun()
  const child = spawn(process.execPath, [host, run.home, String(run.runId), benchmarkData, ...tasks], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')

  const program = openProgram(run)
  const [second, first] = program.app.store.benchmarksOf(run.runId).map(({ id }) => id) as [number, number]
  expect(program.evaluation(first)).toMatchObject({
    state: 'paused',
    problem: expect.stringContaining('The program ended while this was at work'),
  })
  // What waited still waits: it is begun.
  await program.until(second, ({ state }) => state === 'done')
  await program.handlers.calls.resumeBenchmark({ id: first, besideRun: false }, never)
  await program.until(first, ({ state }) => state === 'done')
  const bytesOf = (id: number, task: string) =>
    readFileSync(
      join(fromPortable(program.app.store.benchmark(id)!.outDir, run.dir) as string, `${task}.jsonl`),
      'utf8',
    )
  for (const task of tasks) expect(bytesOf(first, task)).toBe(bytesOf(second, task))
}, 180_000)
