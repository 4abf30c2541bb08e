import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { FinetuneRequest, type FinetuneResult, type StepMetrics } from '../../src/contract/engine.ts'
import { writePairsParquet } from '../../src/engine/data/parquet-writer.ts'
import { openSafetensors } from '../../src/engine/model/safetensors.ts'
import { checkpointSteps } from '../../src/engine/training/checkpoint.ts'
import type { EnginePool } from '../../src/main/engines/engine-pool.ts'
import { poolAccess } from '../../src/main/engines/pool-access.ts'
import { usePools } from './engine-pools.ts'

/** Real engines that train one adapter together, killed in the middle: the adapter of one engine. */

const modelDir = join(import.meta.dirname, '../golden/tied/model')
const steps = 14
/**
 * Gradients are added in another order, which moves them in the last bits; AdamW divides small ones by small moments, so that a
 * weight may move by more than its gradient did. Adapters have numbers around 0.02 to 0.2 here.
 */
const tolerance = 1e-5
let home: string
let alone: { weights: Map<string, Float32Array>; metrics: StepMetrics[]; result: FinetuneResult }
const { poolOf } = usePools()

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'spin-ranks-'))
  const pairs = (name: string, count: number, from: number) =>
    writePairsParquet(
      join(home, name),
      Array.from({ length: count }, (_, i) => ({
        id: `row ${from + i}`,
        prompt: [{ role: 'user' as const, content: `Say ${from + i} twice` }],
        real: `${from + i} ${from + i}`,
        generated: i % 9 === 0 ? `${from + i} ${from + i}` : `${(i * 7) % 50}`, // some have no negative
        check: null,
        finishReason: 'stop' as const,
      })),
    )
  await pairs('pairs.parquet', 45, 0) // the last step of an epoch has fewer rows than micro-batches for three
  await pairs('held-out.parquet', 11, 60)
  alone = await train('alone', poolOf('cpu'))
}, 120_000)
afterAll(() => rmSync(home, { recursive: true }))

async function train(
  name: string,
  pool: EnginePool,
  onStep: (step: number) => void = () => undefined,
  signal?: AbortSignal,
): Promise<typeof alone & { logs: string[] }> {
  const request = FinetuneRequest.parse({
    modelDir,
    sources: [{ path: join(home, 'pairs.parquet'), fraction: 1 }],
    heldOutPath: join(home, 'held-out.parquet'),
    workDir: join(home, name),
    outDir: join(home, name, 'model'),
    gates: {},
    settings: {
      adapter: { rank: 4, alpha: 8, dropout: 0.1 },
      beta: 0.3,
      nllWeight: 0.5,
      optimizer: { kind: 'adamw', lr: 2e-3 },
      schedule: { scheduleEpochs: 4, stopEpoch: 4 },
      batchSize: 8,
      microBatch: 2,
      maxLength: 64,
      maxPromptLength: 40,
      maxSteps: steps,
      checkpointEverySteps: 5,
      guards: { heldOutEverySteps: 4 },
    },
  })
  const metrics: StepMetrics[] = []
  const logs: string[] = []
  for await (const event of poolAccess(pool).stream('finetune', request, signal ? { signal } : {})) {
    if (event.kind === 'log') logs.push(event.message)
    if (event.kind === 'step') {
      metrics[event.step] = event
      onStep(event.step)
    }
    if (event.kind === 'done') {
      const file = openSafetensors(join(event.modelDir, 'adapter_model.safetensors'))
      const weights = new Map([...file.tensors.keys()].map((tensor) => [tensor, file.read(tensor)]))
      return { weights, metrics, result: event, logs }
    }
  }
  throw new Error('no result')
}

function expectAsAlone({ weights, metrics, result }: typeof alone): void {
  let largest = 0
  expect([...weights.keys()]).toEqual([...alone.weights.keys()])
  for (const [name, expected] of alone.weights)
    weights.get(name)!.forEach((x, i) => (largest = Math.max(largest, Math.abs(x - expected[i]!))))
  expect(largest).toBeLessThanOrEqual(tolerance)
  expect(metrics).toHaveLength(steps)
  for (const [step, { loss, margin, accuracy, nll, entropy, kl, epoch, lr }] of alone.metrics.entries()) {
    const found = metrics[step]!
    expect(found.loss).toBeCloseTo(loss, 5)
    expect(found.margin).toBeCloseTo(margin, 4)
    expect(found.nll).toBeCloseTo(nll, 4)
    expect(found.entropy).toBeCloseTo(entropy!, 4)
    expect(found.kl).toBeCloseTo(kl!, 3)
    expect(found).toMatchObject({ step, accuracy, epoch, lr })
  }
  expect(result).toMatchObject({ steps, pairs: alone.result.pairs, savedStep: alone.result.savedStep })
}

const kill = (pool: EnginePool, place: number): void => {
  const { pid } = pool.engines()[place]!.process
  if (pid !== null) process.kill(pid, 'SIGKILL')
}

it('two and three engines train the adapter of one', { timeout: 240_000 }, async () => {
  for (const count of [2, 3]) {
    const trained = await train(`ranks-${count}`, poolOf(...Array<string>(count).fill('cpu')))
    expectAsAlone(trained)
    expect(trained.logs[0]).toContain(`${count} engines`)
    expect(readdirSync(join(home, `ranks-${count}`)).sort()).toEqual(readdirSync(join(home, 'alone')).sort())
  }
  // The same ranks add up in the same order.
  const again = await train('ranks-again', poolOf('cpu', 'cpu'))
  expect(again.result.modelSha256).toBe((await train('ranks-2', poolOf('cpu'))).result.modelSha256)
})

it('kill -9 of a follower and of the leader costs no step', { timeout: 240_000 }, async () => {
  for (const [name, victim] of [
    ['follower', 1],
    ['leader', 0],
  ] as const) {
    const pool = poolOf('cpu', 'cpu', 'cpu')
    const seen: number[] = []
    const trained = await train(name, pool, (step) => {
      seen.push(step)
      if (step === 4) kill(pool, victim) // the leader at its checkpoint of step 5
    })
    expect(seen).toEqual(Array.from({ length: steps }, (_, i) => i))
    expect(trained.logs.join('\n')).toMatch(
      new RegExp(`cpu ${victim + 1} is out of this training.*other 2`, 's'),
    )
    expectAsAlone(trained)
    expect(await checkpointSteps(join(home, name, 'checkpoints'))).toContain(10)
  }
})

it('kill -9 of all goes on from the last checkpoint, with all', { timeout: 240_000 }, async () => {
  const pool = poolOf('cpu', 'cpu')
  let killed = false
  const trained = await train('all', pool, (step) => {
    if (step !== 7 || killed) return
    killed = true
    kill(pool, 0)
    kill(pool, 1)
  })
  expect(killed).toBe(true)
  expect(trained.logs.join('\n')).toMatch(/Starting it again/)
  expectAsAlone(trained)
})

it('a stopped training goes on with another number of engines', { timeout: 240_000 }, async () => {
  const stopAt = async (pool: EnginePool, at: number) => {
    const stop = new AbortController()
    const stopped = train('other', pool, (step) => step === at && stop.abort(), stop.signal)
    await expect(stopped).rejects.toMatchObject({ code: 'CANCELLED' })
  }
  await stopAt(poolOf('cpu', 'cpu', 'cpu'), 6)
  await stopAt(poolOf('cpu'), 11)
  const trained = await train('other', poolOf('cpu', 'cpu'))
  expect(trained.metrics).toHaveLength(steps)
  expectAsAlone(trained)
})
