import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { GenerateRequest, type GenerateResult, type Progress } from '../../src/contract/engine.ts'
import { writePairsParquet } from '../../src/engine/data/parquet-writer.ts'
import { engineDevices } from '../../src/main/engines/engine-device.ts'
import type { EnginePool } from '../../src/main/engines/engine-pool.ts'
import { poolAccess } from '../../src/main/engines/pool-access.ts'
import { usePools } from './engine-pools.ts'

/** Real engines that share one generation, killed, joining and leaving in the middle: always the bytes of one engine. */

const modelDir = join(import.meta.dirname, '../golden/tied/model')
const rows = 320
const fracLen = 90 // the last fraction is shorter
let home: string
let whole: Map<string, string>
const { poolOf, poolOn } = usePools()

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'spin-shared-'))
  await writePairsParquet(
    join(home, 'pairs.parquet'),
    Array.from({ length: rows }, (_, i) => ({
      id: `row ${i}`,
      prompt: [{ role: 'user' as const, content: `Say ${i} ${i % 7 === 0 ? 'again and again' : 'twice'}` }],
      real: `${i} ${i}`,
      generated: '',
      check: null,
      finishReason: 'stop' as const,
    })),
  )
  await generate('whole', poolOf('cpu'))
  whole = bytesOf('whole')
}, 60_000)
afterAll(() => rmSync(home, { recursive: true }))

const requestFor = (name: string) =>
  GenerateRequest.parse({
    modelDir,
    dataPath: join(home, 'pairs.parquet'),
    outDir: join(home, name),
    split: 'train',
    fracLen,
    settings: { maxNewTokens: 40, batchSize: 4 },
  })

/** `onProgress` may break things; `logs` is what the run's log would say. */
async function generate(
  name: string,
  pool: EnginePool,
  onProgress: (progress: Progress, nth: number) => void = () => undefined,
  signal?: AbortSignal,
): Promise<{ result: GenerateResult; logs: string[]; last: Progress | null; fractions: number[] }> {
  const logs: string[] = []
  const fractions: number[] = []
  let last: Progress | null = null
  let nth = 0
  for await (const event of poolAccess(pool).stream('generate', requestFor(name), signal ? { signal } : {})) {
    if (event.kind === 'log') logs.push(event.message)
    if (event.kind === 'fraction') fractions.push(event.index)
    if (event.kind === 'progress') onProgress((last = event), nth++)
    if (event.kind === 'done') return { result: event, logs, last, fractions }
  }
  throw new Error('no result')
}

function bytesOf(name: string): Map<string, string> {
  const names = readdirSync(join(home, name)).sort()
  return new Map(names.map((file) => [file, readFileSync(join(home, name, file), 'utf8')]))
}

const kill = (pool: EnginePool, place: number): void => {
  const { pid } = pool.engines()[place]!.process
  if (pid !== null) process.kill(pid, 'SIGKILL')
}

it('two engines make the fractions of one, and tell of each one’s part', { timeout: 120_000 }, async () => {
  const { result, logs, last, fractions } = await generate('two', poolOf('cpu', 'cpu'))
  expect(bytesOf('two')).toEqual(whole)
  expect([...whole.keys()]).toEqual([...[0, 1, 2, 3].map((index) => `loser_${index}.jsonl`), 'manifest.json'])
  expect(fractions.toSorted()).toEqual([0, 1, 2, 3])
  expect(result.fractions.map(({ rows }) => rows)).toEqual([90, 90, 90, 50])
  expect(logs[0]).toMatch(/2 engines: cpu 1, cpu 2/)
  expect(last).toMatchObject({ done: rows, total: rows, unit: 'rows' })
  const shares = last!.devices!.map(({ done }) => done)
  expect(shares[0]! + shares[1]!).toBe(rows)
  for (const share of shares) expect(share).toBeGreaterThan(0)
})

it('kill -9 of one of two, again and again, and of both changes no byte', { timeout: 240_000 }, async () => {
  for (const [name, victims] of [
    ['first', [0]],
    ['second', [1]],
    ['both', [0, 1]],
  ] as const) {
    const pool = poolOf('cpu', 'cpu')
    let kills = 0
    const { logs } = await generate(name, pool, (_, nth) => {
      if (nth % 4 !== 2 || kills >= 3) return
      kills++
      for (const place of victims) kill(pool, place)
    })
    expect(kills).toBe(3)
    expect(logs.join('\n')).toMatch(/cpu [12]: The engine stopped unexpectedly/)
    expect(bytesOf(name)).toEqual(whole)
    await pool.kill()
  }
})

it('an engine that cannot work is out and the others go on; the last one’s death is the error', async () => {
  const broken = (n: number) => ({ name: `broken ${n}`, env: { NODE_OPTIONS: '--no-such-option' } })
  const mixed = poolOn([broken(1), ...engineDevices(['cpu']), broken(2)])
  const { logs } = await generate('out', mixed)
  expect(logs.join('\n')).toMatch(/broken 1 is out: .*2 engines go on/s)
  expect(logs.join('\n')).toMatch(/broken 2 is out: .*other engine goes on/s)
  expect(bytesOf('out')).toEqual(whole)

  const none = poolOn([broken(1), broken(2)])
  const error = await generate('none', none).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({
    code: 'ENGINE_UNAVAILABLE',
    message: expect.stringContaining('not allowed in NODE_OPTIONS'),
  })
}, 120_000)

it('a device joins, another leaves', { timeout: 120_000 }, async () => {
  const pool = poolOf('cpu', 'cpu')
  const [, second] = pool.engines()
  const { logs, last } = await generate('joined', pool, (_, nth) => {
    if (nth === 2) pool.add({ name: 'late', env: { SPIN_STUDIO_THREADS: '1' } })
    if (nth === 6) void pool.remove(second!.id)
  })
  expect(logs.join('\n')).toContain('late has joined')
  expect(logs.join('\n')).toContain('cpu 2 has left')
  expect(last!.devices!.map(({ name, isOut }) => [name, isOut])).toEqual([
    ['cpu 1', false],
    ['cpu 2', true],
    ['late', false],
  ])
  expect(bytesOf('joined')).toEqual(whole)
})

it(
  'stopped in the middle it stops everywhere; one engine alone finishes it',
  { timeout: 120_000 },
  async () => {
    const stop = new AbortController()
    const stopped = generate(
      'stopped',
      poolOf('cpu', 'cpu'),
      (_, nth) => nth === 5 && stop.abort(),
      stop.signal,
    )
    await expect(stopped).rejects.toMatchObject({ code: 'CANCELLED' })
    const left = readdirSync(join(home, 'stopped')).filter((name) => name.includes('.journal.engine-'))
    expect(left.length).toBeGreaterThan(0)
    await generate('stopped', poolOf('cpu'))
    expect(bytesOf('stopped')).toEqual(whole)
  },
)
