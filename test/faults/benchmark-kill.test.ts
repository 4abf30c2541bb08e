import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { leaderboardTasks } from '../../src/contract/benchmarks.ts'
import type { BenchmarkRequest, BenchmarkResult } from '../../src/contract/engine.ts'
import { AppError } from '../../src/contract/errors.ts'
import { createEngineProcess } from '../../src/main/engine-process.ts'

/** kill -9 of the engine in the middle of benchmarks; and all six of them, through the engine, on the starter's model. */

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const home = mkdtempSync(join(tmpdir(), 'spin-benchmark-kill-'))
const engine = createEngineProcess({ maxRestarts: 20 })
afterAll(async () => {
  await engine.stop()
  rmSync(home, { recursive: true, force: true })
})

const dataDir = at('test/golden/benchmarks/data')

/** Runs until the result, or until the process was killed after so many progress events. */
async function run(request: BenchmarkRequest, killAfter = Infinity): Promise<BenchmarkResult | 'killed'> {
  let seen = 0
  try {
    for await (const event of engine.client().stream('benchmark', request)) {
      if (event.kind === 'done') return event
      if (event.kind === 'progress' && ++seen === killAfter) process.kill(engine.pid!, 'SIGKILL')
    }
  } catch (error) {
    if (error instanceof AppError && error.code === 'ENGINE_CRASHED') return 'killed'
    throw error
  }
  return expect.fail('expected a result or a crash, found the end of the stream')
}

const filesOf = (dir: string) =>
  Object.fromEntries(readdirSync(dir).map((name) => [name, readFileSync(join(dir, name), 'utf8')]))

test(
  'killed at any time and asked again, the answers are those of a run without interruption',
  { timeout: 120_000 },
  async () => {
    const request = (outDir: string): BenchmarkRequest => ({
      modelDir: at('test/golden/benchmarks/model'),
      dataDir,
      outDir: join(home, outDir),
      settings: { tasks: ['arc_challenge', 'mmlu', 'gsm8k'], limit: 8 },
      batchTokens: 1024,
    })
    const whole = (await run(request('whole'))) as BenchmarkResult
    expect(whole.questions).toBeGreaterThan(100)
    let kills = 0
    for (const killAfter of [7, 9, 20, 30])
      if ((await run(request('broken'), killAfter)) === 'killed') kills++
    expect(kills).toBeGreaterThanOrEqual(3)
    const { scores, questions } = (await run(request('broken'))) as BenchmarkResult
    expect({ scores, questions }).toEqual({ scores: whole.scores, questions: whole.questions })
    expect(filesOf(join(home, 'broken'))).toEqual(filesOf(join(home, 'whole')))
  },
)

test(
  'all six tasks run on the starter, whose context is far too short for them',
  { timeout: 60_000 },
  async () => {
    const result = (await run({
      modelDir: at('resources/starter/model'),
      dataDir,
      outDir: join(home, 'starter'),
      settings: { tasks: [...leaderboardTasks], limit: 3 },
    })) as BenchmarkResult
    const primary = result.scores.filter((score) => score.primary && score.partOf === null)
    expect(primary.map(({ task }) => task)).toEqual(leaderboardTasks)
    for (const { value } of primary) expect(value >= 0 && value <= 1).toBe(true)
    expect(result.truncated).toBeGreaterThan(100)
    expect(result.provenance.versions).toHaveProperty('onnxruntime-node')
  },
)
