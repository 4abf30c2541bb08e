import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { GenerateRequest, ImportResult, type LogEvent } from '../../src/contract/engine.ts'
import { AppError } from '../../src/contract/errors.ts'
import type { EngineExit } from '../../src/main/crash-record.ts'
import { callWithRestart, streamWithRestart } from '../../src/main/engine-client.ts'
import { createEngineProcess, type EngineProcess } from '../../src/main/engine-process.ts'
import type { FixtureContract } from './fixtures/fixture-contract.ts'
import { writeRepeats } from '../unit/loop/repeated-rows.ts'

/** Engines that stop without ending, as on a lost card: stopped by SIGSTOP, or blocked inside a call for minutes. */

const canStop = process.platform === 'linux'
const model = fileURLToPath(new URL('../golden/tied/model', import.meta.url))
const misbehaving = fileURLToPath(new URL('./fixtures/misbehaving-engine.ts', import.meta.url))
/**
 * A busy machine must not be taken for a hung engine: processes here start in a second or two. And a look that comes three ticks
 * late is one of a machine that slept.
 */
const quick = { tickMs: 500, leastMs: 2500, firstMs: 60_000, factor: 3 }

let dir: string
let trainPath: string
const exits: EngineExit[] = []
const open: Pick<EngineProcess, 'kill'>[] = []

function engineWith(watchdog: typeof quick): EngineProcess {
  const engine = createEngineProcess({ watchdog, onExit: (exit) => exits.push(exit) })
  open.push(engine)
  return engine
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'spin-hung-'))
  writeRepeats(join(dir, 'data.jsonl'), 120)
  const engine = createEngineProcess()
  try {
    const request = { sources: [join(dir, 'data.jsonl')], outDir: join(dir, 'data') }
    for await (const event of engine.client().stream('importDataset', request))
      if (event.kind === 'done') trainPath = ImportResult.parse(event).trainPath
  } finally {
    await engine.stop()
  }
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((engine) => engine.kill()))
  exits.length = 0
})
afterAll(() => rmSync(dir, { recursive: true }))

const request = (outDir: string) =>
  GenerateRequest.parse({
    modelDir: model,
    dataPath: trainPath,
    outDir,
    split: 'train',
    fracLen: 40,
    settings: { temperature: 1.2, maxNewTokens: 24, batchSize: 4 },
  })

const bytesOf = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder)
      .filter((name) => name.endsWith('.jsonl'))
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  )

it.skipIf(!canStop)(
  'an engine that is stopped amid generation is ended, started again, and ends with the same bytes',
  { timeout: 120_000 },
  async () => {
    const whole = engineWith(quick)
    for await (const _ of streamWithRestart(whole, 'generate', request(join(dir, 'whole')))) continue
    await whole.stop()
    exits.length = 0

    const engine = engineWith(quick)
    const logs: LogEvent[] = []
    let stopped = 0
    for await (const event of streamWithRestart(engine, 'generate', request(join(dir, 'broken')))) {
      if (event.kind === 'log') logs.push(event)
      if (event.kind === 'progress' && event.done > 20 && stopped === 0) {
        stopped = engine.pid!
        process.kill(stopped, 'SIGSTOP')
      }
    }
    expect(exits).toMatchObject([
      {
        pid: stopped,
        signal: 'SIGKILL',
        hung: true,
        expected: false,
        reason: expect.stringMatching(/^no sign of life for \d+ s$/),
      },
    ])
    expect(logs.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^No sign of life from the engine for .*it is ended and started again\.$/),
      expect.stringMatching(/no sign of life for \d+ s\).*Starting it again \(attempt 2 of 3\)\.$/),
    ])
    expect(bytesOf(join(dir, 'broken'))).toEqual(bytesOf(join(dir, 'whole')))
  },
)

function blockedEngine(): EngineProcess<FixtureContract> {
  const engine = createEngineProcess<FixtureContract>({
    entryPath: misbehaving,
    // A wait uses no processor, as one for a lost card. The first answer of a process is not waited for here.
    watchdog: { ...quick, firstMs: 2500 },
    onExit: (exit) => exits.push(exit),
  })
  open.push(engine)
  return engine
}

it.skipIf(!canStop)('one that hangs each time is given up with what to do', { timeout: 60_000 }, async () => {
  const engine = blockedEngine()
  const logs: string[] = []
  const failed = await callWithRestart(
    engine,
    'block',
    { ms: 600_000 },
    { maxFailures: 2, onLog: ({ message }) => logs.push(message) },
  ).catch((error: unknown) => error)
  expect(failed).toBeInstanceOf(AppError)
  expect(failed).toMatchObject({ code: 'ENGINE_UNAVAILABLE', data: { hung: true, signal: 'SIGKILL' } })
  expect((failed as AppError).message).toMatch(/The device does not work: choose another one/)
  expect(exits).toHaveLength(2)
  // A slow start may be a silence of its own.
  expect(logs.filter((text) => text.startsWith('No sign of life')).length).toBeGreaterThanOrEqual(2)
})

it('one that is only busy, or has nothing to do, is left alone', { timeout: 60_000 }, async () => {
  const engine = blockedEngine()
  const { pid } = await engine.client().call('ping', {})
  await engine.client().call('block', { ms: 800 })
  // A program of 800 ms is known now: a longer one than the least limit is still work.
  await new Promise((resolve) => setTimeout(resolve, 3000))
  expect((await engine.client().call('ping', {})).pid).toBe(pid)
  expect(exits).toEqual([])
})
