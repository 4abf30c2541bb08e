import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EngineDescription } from '../../src/contract/engine.ts'
import type { AppError } from '../../src/contract/errors.ts'
import type { EngineExit } from '../../src/main/crash-record.ts'
import { callWithRestart, streamWithRestart } from '../../src/main/engine-client.ts'
import {
  createEngineProcess,
  type EngineProcess,
  type EngineProcessOptions,
} from '../../src/main/engine-process.ts'
import type { FixtureContract } from './fixtures/fixture-contract.ts'

const fixture = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url))

let dir: string
let exits: EngineExit[]
const open: EngineProcess<FixtureContract>[] = []

function createFixtureEngine(options: EngineProcessOptions = {}): EngineProcess<FixtureContract> {
  const engine = createEngineProcess<FixtureContract>({
    entryPath: fixture('misbehaving-engine.ts'),
    onExit: (exit) => exits.push(exit),
    ...options,
  })
  open.push(engine)
  return engine
}

async function errorOf(work: Promise<unknown>): Promise<AppError> {
  return work.then(
    (value) => expect.fail(`expected an error, found ${JSON.stringify(value)}`),
    (error: AppError) => error,
  )
}

async function collect<T>(events: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const event of events) all.push(event)
  return all
}

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'engine-crash-'))
  exits = []
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((engine) => engine.kill()))
  rmSync(dir, { recursive: true, force: true })
})

describe('the engine', () => {
  it('describes itself over its pipe, refuses bad input, and ends when it is stopped', async () => {
    const engine = createEngineProcess({ onExit: (exit) => exits.push(exit) })
    expect(engine.pid).toBeNull()
    const description = EngineDescription.parse(await engine.client().call('describe', {}))
    expect(description.pid).toBe(engine.pid)
    expect(description.peakRssBytes).toBeGreaterThanOrEqual(description.rssBytes * 0.9) // rss is read a moment apart
    expect(description.versions).toMatchObject({
      'onnxruntime-node': expect.stringMatching(/^\d+\./),
      duckdb: expect.stringMatching(/^\d+\./),
    })
    const bad = errorOf(collect(engine.client().stream('importDataset', { sources: [], outDir: dir })))
    expect(await bad).toMatchObject({ code: 'BAD_INPUT', data: { path: 'sources' } })
    await engine.stop()
    expect(engine.pid).toBeNull()
    expect(exits).toMatchObject([{ expected: true, exitCode: 0, signal: null, served: true }])
  })

  it('says what it needs when it is started by hand', async () => {
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('../../src/engine/index.ts', import.meta.url))],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    )
    const stderr = createInterface({ input: child.stderr })
    const [line] = (await once(stderr, 'line')) as [string]
    expect(line).toMatch(/Expected a pipe on file descriptor 3/)
    if (child.exitCode === null) await once(child, 'exit')
    expect(child.exitCode).toBe(2)
  })
})

describe('a crash', () => {
  it('rejects everything pending with the exit code and the last lines; the next use has a fresh engine', async () => {
    const engine = createFixtureEngine()
    const first = await engine.client().call('ping', {})
    const never = errorOf(engine.client().call('block', { ms: 60_000 }))
    process.kill(first.pid, 'SIGKILL')
    const killed = await never
    expect(killed).toMatchObject({
      code: 'ENGINE_CRASHED',
      data: { exitCode: null, signal: 'SIGKILL', pid: first.pid, failure: null },
    })
    expect(killed.message).toMatch(/signal SIGKILL.*out of memory.*safe on disk/s)

    const lines = Array.from({ length: 300 }, (_, i) => `Error: bad weight ${i}`)
    const error = await errorOf(engine.client().call('exit', { code: 9, lines }))
    expect(error).toMatchObject({
      code: 'ENGINE_CRASHED',
      data: { exitCode: 9, signal: null, restartsLeft: 2, stderr: lines.slice(-20) },
    })
    expect(error.message).toMatch(/during "exit" with exit code 9.*Error: bad weight 299$/s)
    expect(engine.stderrTail()).toEqual(lines.slice(-200))

    const second = await engine.client().call('ping', {})
    expect(second.pid).not.toBe(first.pid)
    expect(exits.map((exit) => exit.expected)).toEqual([false, false])
  })

  it('by an uncaught error shows its stack', async () => {
    const error = await errorOf(createFixtureEngine().client().call('throwLater', {}))
    expect(error.code).toBe('ENGINE_CRASHED')
    expect(error.data['exitCode']).toBe(1)
    expect(error.message).toContain('RangeError: a bug in a callback')
  })

  it('more often than the cap makes the engine unavailable until the window has passed or someone asks again', async () => {
    let nowMs = 0
    const engine = createFixtureEngine({ maxRestarts: 2, windowMs: 1000, now: () => nowMs })
    const crash = (code: number): Promise<AppError> =>
      errorOf(engine.client().call('exit', { code, lines: [] }))
    for (const code of [1, 2, 3]) expect((await crash(code)).code).toBe('ENGINE_CRASHED')
    const refused = await crash(4)
    expect(refused).toMatchObject({ code: 'ENGINE_UNAVAILABLE' })
    expect(refused.message).toMatch(/3 times.*exit code 3/)
    expect(await errorOf(engine.client().ready)).toMatchObject({ code: 'ENGINE_UNAVAILABLE' })
    nowMs = 1001
    expect((await crash(5)).code).toBe('ENGINE_CRASHED')
    engine.forgiveCrashes()
    await engine.client().call('ping', {})
  })

  it('twice at the start in the same way is not tried a third time', async () => {
    const engine = createFixtureEngine({ env: { FIXTURE_FAILS_TO_START: '1' } })
    for (let i = 0; i < 2; i++) {
      const error = await errorOf(engine.client().call('ping', {}))
      expect(error).toMatchObject({ code: 'ENGINE_CRASHED', data: { exitCode: 7 } })
      expect(error.message).toContain('no device at address')
    }
    const refused = await errorOf(engine.client().call('ping', {}))
    expect(refused).toMatchObject({ code: 'ENGINE_UNAVAILABLE' })
    expect(refused.message).toMatch(/failed twice to start.*no device/s)
  })

  it('because there is no such Node is reported with its path', async () => {
    const engine = createFixtureEngine({ nodePath: join(dir, 'no-node') })
    const error = await errorOf(engine.client().call('ping', {}))
    expect(error).toMatchObject({ code: 'ENGINE_CRASHED', data: { pid: null } })
    expect(error.message).toMatch(/no-node ENOENT/)
  })

  it('is not what stop and kill are called: pending calls get CLOSED', async () => {
    const engine = createFixtureEngine()
    await engine.client().call('ping', {})
    const pending = errorOf(engine.client().call('block', { ms: 60_000 }))
    await engine.kill()
    expect(await pending).toMatchObject({ code: 'CLOSED' })
    expect(exits).toMatchObject([{ expected: true }])
    expect((await engine.client().call('ping', {})).pid).toBe(engine.pid)
  })
})

describe('a stream with restart', () => {
  it('goes on from disk over any number of crashes as long as it gets further, with a warning for each', async () => {
    const engine = createFixtureEngine()
    const statePath = join(dir, 'state')
    const events = await collect(streamWithRestart(engine, 'count', { statePath, total: 11, diesAfter: 2 }))
    const counted = events.flatMap((event) => (event.kind === 'progress' ? [event.done] : []))
    const warnings = events.filter((event) => event.kind === 'log')
    expect(readFileSync(statePath, 'utf8')).toBe('11')
    // What was on its way when the process died may be lost to the reader, never to the disk.
    expect(counted).toEqual([...new Set(counted)].toSorted((a, b) => a - b))
    expect(counted.at(-1)).toBe(11)
    expect(warnings.length).toBe(5)
    expect(warnings[0]).toMatchObject({
      level: 'warning',
      message: expect.stringMatching(/SIGKILL.*Starting it again \(attempt 2 of 3\)/),
    })
  })

  it.each([
    ['the kernel’s out-of-memory killer', null, 1],
    [
      'V8’s heap',
      'FATAL ERROR: Ineffective mark-compacts near heap limit - JavaScript heap out of memory',
      0,
    ],
  ])(
    'asks for less at once after %s ended the engine, and for no less afterwards',
    async (_name, lastWords, perLook) => {
      let kills = 0
      const engine = createFixtureEngine({ oomKills: () => (kills += perLook) })
      const statePath = join(dir, 'starved')
      const input = { statePath, total: 8, diesAfter: 3, lastWords }
      const events = await collect(streamWithRestart(engine, 'count', input))
      const attempts = events.flatMap((event) => (event.kind === 'progress' ? [event.memoryAttempt] : []))
      expect(new Set(attempts)).toEqual(new Set([0, 1, 2]))
      expect(attempts).toEqual(attempts.toSorted())
      expect(events.flatMap((event) => (event.kind === 'log' ? [event.message] : []))).toEqual([
        expect.stringMatching(
          /memory ran out.*Starting it again, with half as much at once \(attempt 2 of 3\)/,
        ),
        expect.stringMatching(/memory ran out.*Starting it again, with half as much at once/),
      ])
      expect(exits.map(({ outOfMemory }) => outOfMemory)).toEqual([true, true])
    },
  )

  it('a lost device costs its process, and the next one goes on', async () => {
    const engine = createFixtureEngine()
    const input = { statePath: join(dir, 'lost'), total: 5, diesAfter: 2, loses: true }
    const events = await collect(streamWithRestart(engine, 'count', input))
    expect(events.flatMap((event) => (event.kind === 'progress' ? [event.done] : []))).toEqual([
      1, 2, 3, 4, 5,
    ])
    expect(events.flatMap((event) => (event.kind === 'log' ? [event.message] : []))).toEqual([
      expect.stringMatching(/The device was lost \(CUDA failure 700\).*Starting it again \(attempt 2 of 3\)/),
      expect.stringMatching(/The device was lost/),
    ])
    expect(exits.map(({ deviceLost, signal, expected }) => [deviceLost, signal, expected])).toEqual([
      [true, 'SIGKILL', false],
      [true, 'SIGKILL', false],
    ])
  })

  it('an engine that ends after a failed allocation on its device is asked for less', async () => {
    const engine = createFixtureEngine()
    const lastWords = 'WebGPU device error(3): vkCreateBuffer failed with VK_ERROR_OUT_OF_DEVICE_MEMORY'
    const input = { statePath: join(dir, 'full'), total: 4, diesAfter: 3, lastWords }
    const events = await collect(streamWithRestart(engine, 'count', input))
    expect(exits).toMatchObject([{ outOfMemory: true, signal: 'SIGABRT' }])
    expect(events.at(-1)).toMatchObject({ done: 4, memoryAttempt: 1 })
  })

  it('a kill by somebody else asks for nothing less', async () => {
    const engine = createFixtureEngine({ oomKills: () => 7 })
    const events = await collect(
      streamWithRestart(engine, 'count', { statePath: join(dir, 'killed'), total: 5, diesAfter: 3 }),
    )
    expect(events.every((event) => event.kind === 'log' || event.memoryAttempt === 0)).toBe(true)
    expect(exits).toMatchObject([{ signal: 'SIGKILL', outOfMemory: false }])
  })

  it('gives up when the same failure comes twice without getting further', async () => {
    const engine = createFixtureEngine()
    const events: unknown[] = []
    const error = await errorOf(
      (async () => {
        for await (const event of streamWithRestart(engine, 'count', {
          statePath: '/dev/null/none',
          total: 3,
        }))
          events.push(event)
      })(),
    )
    expect(error.code).toBe('INTERNAL') // an ordinary error is passed on at once
    expect(events).toEqual([])
    const stuck = await errorOf(callWithRestart(engine, 'exit', { code: 5, lines: ['Error: row 12'] }))
    expect(stuck).toMatchObject({ code: 'ENGINE_UNAVAILABLE', data: { exitCode: 5 } })
    expect(stuck.message).toMatch(/twice in the same way without getting further.*row 12/s)
  })

  it('gives up after its number of failures when each is another', async () => {
    const engine = createFixtureEngine()
    const warnings: string[] = []
    const onLog = ({ message }: { message: string }): number => warnings.push(message)
    const counterPath = join(dir, 'crashes')
    const stuck = errorOf(callWithRestart(engine, 'crashUntil', { counterPath, crashes: 99 }, { onLog }))
    expect(await stuck).toMatchObject({ code: 'ENGINE_UNAVAILABLE', data: { exitCode: 42 } })
    expect(warnings).toHaveLength(2)
    engine.forgiveCrashes()
    expect(await callWithRestart(engine, 'crashUntil', { counterPath, crashes: 4 }, { onLog })).toBe(4)
  })
})

describe('a host that is killed with -9', () => {
  async function startHost(...args: string[]): Promise<{ host: ChildProcess; enginePid: number }> {
    const host = spawn(process.execPath, [fixture('host.ts'), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(createInterface({ input: host.stdout! }), 'line')) as [string]
    return { host, enginePid: Number(line) }
  }

  /** Resolves when the process is gone (or waits, dead, for init to collect it). */
  async function gone(pid: number): Promise<void> {
    const deadlineMs = performance.now() + 10_000
    while (isRunning(pid)) {
      if (performance.now() > deadlineMs) throw new Error(`process ${pid} is still there`)
      await setTimeout(5)
    }
  }
  function isRunning(pid: number): boolean {
    try {
      process.kill(pid, 0)
      return (
        process.platform !== 'linux' || !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
      )
    } catch (error) {
      if (['ESRCH', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) return false
      throw error
    }
  }

  it.each([
    ['waiting', []],
    ['in the middle of a call that blocks its thread for minutes', ['blocked']],
  ])('takes its engine with it, %s', async (_name, args) => {
    const { host, enginePid } = await startHost(...args)
    expect(isRunning(enginePid)).toBe(true)
    host.kill('SIGKILL')
    await gone(enginePid)
  })
})
