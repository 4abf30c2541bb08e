import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import type { HomeView } from '../../../src/contract/app.ts'
import type { Judging } from '../../../src/contract/app/judging.ts'
import { JudgingChoice } from '../../../src/contract/app/judging.ts'
import { JudgeEndpoint } from '../../../src/contract/judge.ts'
import { createApp } from '../../../src/main/app.ts'
import { payAttention } from '../../../src/main/attention/attention.ts'
import type { HostProgress, HostServices } from '../../../src/main/host-services.ts'
import { createJudgingHandlers } from '../../../src/main/judge/judging-handlers.ts'
import { createPreferenceHandlers } from '../../../src/main/preferences/preference-handlers.ts'
import { createRunHandlers } from '../../../src/main/runs/run-handlers.ts'
import { createServices } from '../../../src/main/services.ts'
import { recordRun } from '../results/result-fixture.ts'
import { type Answering, answersIn, json, reply, startJudgeServer } from './judge-server.ts'

const golden = join(import.meta.dirname, '../../golden')
const never = new AbortController().signal
const secret = 'sk-of-the-app-4711'
const prices = { inputPerMillion: 2, outputPerMillion: 8 }

/** A recorded run with two small models, the app on it, and a judge. */
async function setUp(answering: Answering) {
  const server = await startJudgeServer(answering)
  onTestFinished(() => server.close())
  const recorded = recordRun({ [-1]: () => 1, 0: () => 3 }, { best: 0 })
  for (const [name, dir] of [
    ['tied', join(recorded.home, 'base')],
    ['biased', join(recorded.dir, 'iter-0', 'model')],
  ] as const) {
    rmSync(dir, { recursive: true })
    cpSync(join(golden, name, 'model'), dir, { recursive: true })
  }
  const questionsPath = join(recorded.home, 'mine.jsonl')
  const rows = ['math', 'writing', 'math'].map((category, i) => ({
    question_id: i + 1,
    category,
    turns: [`Say ${i}`, 'Again'],
  }))
  writeFileSync(questionsPath, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  const choice = JudgingChoice.parse({
    runId: recorded.runId,
    iterations: [0],
    baseline: -1,
    mode: 'pairwise',
    questionsPath,
    maxNewTokens: 16,
  })
  const endpoint = JudgeEndpoint.parse({
    baseUrl: server.url,
    model: 'judge',
    attempts: 2,
    backoffSeconds: 0.01,
  })
  const open = () => {
    const app = createApp({ dataDir: recorded.home })
    const services = createServices(app, recorded.home)
    const handlers = createJudgingHandlers(services)
    const until = async (id: number, states: readonly Judging['state'][]): Promise<Judging> => {
      const stop = new AbortController()
      for await (const { judgings } of handlers.streams.watchJudgings(
        { runId: recorded.runId },
        stop.signal,
      )) {
        const found = judgings.find((one) => one.id === id)!
        if (states.includes(found.state)) {
          stop.abort()
          return found
        }
      }
      throw new Error('the watch ended')
    }
    return { app, services, calls: handlers.calls, until }
  }
  return { ...recorded, server, choice, endpoint, open }
}

const longer: Answering = ({ prompt }, response) => {
  const [a = '', b = ''] = answersIn(prompt)
  reply(response, `Because. [[${a.length === b.length ? 'C' : a.length > b.length ? 'A' : 'B'}]]`)
}

/** Every file below a folder. */
const filesBelow = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .map((name) => join(dir, name))
    .filter((path) => statSync(path).isFile())

test('a run’s models answer, the cost is shown, and only then the judge is asked; the key is nowhere on disk', async () => {
  const { server, choice, endpoint, home, open } = await setUp((request, response) => {
    if (request.headers.authorization !== `Bearer ${secret}`)
      json(response, 401, { error: { message: `Not ${request.headers.authorization}` } })
    else reply(response, `${request.headers.authorization} [[A]]`)
  })
  const { app, services, calls, until } = open()
  const { id } = await calls.startJudging(choice, never)
  const ready = await until(id, ['ready', 'failed'])
  expect(ready).toMatchObject({ state: 'ready', answered: true, questions: 3, summary: null, judge: null })
  expect(ready.models.map(({ modelId }) => modelId)).toEqual(['iteration-0', 'base'])
  const cost = await calls.judgingCost({ id, endpoint, prices }, never)
  expect(cost.requests + 2 * cost.identical).toBe(12)
  expect(cost.price).toBeGreaterThan(0)
  expect(server.asked).toEqual([])

  await calls.setJudgeKey({ baseUrl: server.url, key: 'sk-wrong-one' }, never)
  await calls.beginJudging({ id, endpoint, prices, keyVariable: null }, never)
  const refused = await until(id, ['failed', 'done'])
  expect(refused).toMatchObject({ state: 'failed', problem: expect.stringContaining('the key') as string })
  expect(refused.problem).not.toContain('sk-wrong-one')

  await calls.setJudgeKey({ baseUrl: server.url, key: secret }, never)
  expect(await calls.judgeKeyHeld({ baseUrl: server.url }, never)).toEqual({ held: true })
  expect(await calls.judgeKeyHeld({ baseUrl: 'http://127.0.0.1:1/v1' }, never)).toEqual({ held: false })
  await calls.beginJudging({ id, endpoint, prices, keyVariable: null }, never)
  const done = await until(id, ['done', 'failed'])
  expect(done).toMatchObject({ state: 'done', problem: null, judge: 'judge', endpoint, prices })
  expect(done.spent).toMatchObject({ replies: cost.requests, promptTokens: 100 * cost.requests })
  expect(done.spent!.price).toBeCloseTo((cost.requests * (100 * 2 + 10 * 8)) / 1e6, 12)
  expect(done.summary!.pairs[0]).toMatchObject({ wins: 0, ties: 6, losses: 0, agreement: 0, firstShare: 1 })

  // Asked again, nothing is sent.
  const count = server.asked.length
  await calls.beginJudging({ id, endpoint, prices, keyVariable: null }, never)
  await until(id, ['done'])
  expect(server.asked).toHaveLength(count)

  const { bytes } = await createPreferenceHandlers(services).calls.diagnostics({}, never)
  await app.dispose()
  const kept = filesBelow(home)
  expect(kept.some((path) => path.endsWith('app.sqlite'))).toBe(true)
  for (const key of [secret, 'sk-wrong-one']) {
    for (const path of kept) expect(readFileSync(path).includes(key), path).toBe(false)
    expect(gunzipSync(bytes).includes(key)).toBe(false)
  }
  // Of the program, not of the record: opened again it has no key.
  const again = open()
  expect(await again.calls.judgeKeyHeld({ baseUrl: server.url }, never)).toEqual({ held: false })
  expect((await again.until(id, ['done'])).summary).toEqual(done.summary)
  await again.app.dispose()
})

test('paused or closed in the middle it goes on without asking twice; turns can be looked into; a second task shares answers', async () => {
  let pauseAt = 3
  let pause = (): void => undefined
  const { server, choice, endpoint, open } = await setUp((request, response) => {
    if (server.asked.length === pauseAt) pause()
    longer(request, response) as unknown
  })
  const first = open()
  const { id } = await first.calls.startJudging(choice, never)
  await first.until(id, ['ready'])
  pause = () => void first.calls.pauseJudging({ id }, never)
  const slow = { ...endpoint, concurrency: 1 }
  await first.calls.beginJudging({ id, endpoint: slow, prices: null, keyVariable: null }, never)
  const paused = await first.until(id, ['paused'])
  expect(paused).toMatchObject({ answered: true, problem: null, finishedAt: null })
  expect(paused.spent).toMatchObject({ replies: 3, price: null })
  pauseAt = 5
  pause = () => void first.app.dispose()
  await first.calls.beginJudging({ id, endpoint: slow, prices: null, keyVariable: null }, never)
  await expect.poll(() => server.asked.length).toBe(5)
  await first.app.dispose()

  const second = open()
  expect((await second.until(id, ['paused'])).spent).toMatchObject({ replies: 5 })
  pause = () => undefined
  await second.calls.beginJudging({ id, endpoint, prices: null, keyVariable: null }, never)
  const done = await second.until(id, ['done', 'failed'])
  const asked = server.asked.map((one) => one.id)
  expect(new Set(asked).size).toBe(asked.length)

  const { turns } = await second.calls.judgedTurns({ id, modelId: 'iteration-0' }, never)
  const [pair] = done.summary!.pairs
  expect(turns).toHaveLength(6)
  for (const outcome of ['win', 'tie', 'loss'] as const)
    expect(turns.filter((turn) => turn.outcome === outcome)).toHaveLength(
      { win: pair!.wins, tie: pair!.ties, loss: pair!.losses }[outcome],
    )
  const judged = turns.find(({ state, turn }) => state === 'judged' && turn === 2)!
  const detail = await second.calls.judgedTurn(
    { id, modelId: 'iteration-0', question: judged.question_id, turn: 2 },
    never,
  )
  expect(detail.answers.map(({ modelId, turns: texts }) => [modelId, texts.length])).toEqual([
    ['iteration-0', 2],
    ['base', 2],
  ])
  expect(detail.replies.map(({ swapped, text }) => [swapped, text.startsWith('Because.')])).toEqual([
    [false, true],
    [true, true],
  ])

  const graded = await second.calls.startJudging({ ...choice, mode: 'single', baseline: null }, never)
  const ready = await second.until(graded.id, ['ready', 'failed'])
  expect(ready).toMatchObject({ state: 'ready', dir: done.dir })
  await second.calls.removeJudging({ id }, never)
  expect(existsSync(ready.dir)).toBe(true)
  await second.calls.removeJudging({ id: graded.id }, never)
  expect(existsSync(ready.dir)).toBe(false)
  await second.app.dispose()
})

test('a judging at work is told on every page, and keeps the machine awake', async () => {
  let release = (): void => undefined
  const held = new Promise<void>((resolve) => (release = resolve))
  const { choice, endpoint, projectId, open } = await setUp(async (request, response) => {
    await held
    await longer(request, response)
  })
  const { app, services, calls, until } = open()
  const awake: boolean[] = []
  const progress: (HostProgress | null)[] = []
  const host: HostServices = {
    kind: 'desktop',
    versions: {},
    keepAwake: (on) => awake.push(on),
    progress: (now) => progress.push(now),
  }
  const attention = payAttention({ ...services, store: app.store, host })
  const stop = new AbortController()
  onTestFinished(async () => {
    stop.abort()
    await attention.end()
    await app.dispose()
  })
  const seen: HomeView['judging'][] = []
  const watching = (async () => {
    for await (const { judging } of createRunHandlers(services).streams.home({}, stop.signal))
      seen.push(judging)
  })()
  const { id } = await calls.startJudging(choice, never)
  await until(id, ['ready'])
  await expect.poll(() => seen.at(-1)).toBeNull()

  await calls.beginJudging({ id, endpoint, prices: null, keyVariable: null }, never)
  await expect.poll(() => seen.at(-1)).toEqual({ projectId, iteration: null, share: 0, secondsLeft: null })
  // Another watcher of the same bell, in its own time.
  await expect.poll(() => awake.at(-1)).toBe(true)
  await expect.poll(() => progress.at(-1)).toMatchObject({ state: 'running' })
  release()
  await until(id, ['done'])
  await expect.poll(() => seen.at(-1)).toBeNull()
  await expect.poll(() => awake.at(-1)).toBe(false)
  await expect.poll(() => progress.at(-1)).toBeNull()
  stop.abort()
  await watching
})

test('exported, judged elsewhere and imported, the summary is there without a request', async () => {
  const { server, choice, open } = await setUp(longer)
  const { app, calls, until } = open()
  onTestFinished(() => app.dispose())
  const { id } = await calls.startJudging({ ...choice, mode: 'single', baseline: null }, never)
  await until(id, ['ready'])
  const request = {
    model: 'elsewhere',
    temperature: null,
    maxTokens: 99,
    tokenLimitField: 'max_tokens',
  } as const
  const { dir, requests } = await calls.exportJudging({ id, request }, never)
  const prompts = readFileSync(join(dir, 'prompts.jsonl'), 'utf8').trimEnd().split('\n')
  expect(prompts).toHaveLength(requests)
  const path = join(dir, 'replies.jsonl')
  const replies = prompts.map((line) => ({ id: (JSON.parse(line) as { id: string }).id, reply: '[[6]]' }))
  writeFileSync(path, replies.map((line) => `${JSON.stringify(line)}\n`).join(''))
  expect(await calls.importVerdicts({ id, path, judge: 'elsewhere' }, never)).toEqual({
    taken: requests,
    failed: 0,
    foreign: 0,
  })
  const done = await until(id, ['done'])
  expect(done).toMatchObject({ judge: 'elsewhere', endpoint: null })
  expect(done.summary!.grades[0]).toMatchObject({ model: 'iteration-0', mean: 6, graded: 6 })
  expect(server.asked).toEqual([])
})

test('what cannot be is refused before anything is recorded', async () => {
  const { choice, endpoint, home, open } = await setUp(longer)
  const { app, calls } = open()
  onTestFinished(() => app.dispose())
  const start = async (more: object) => calls.startJudging({ ...choice, ...more }, never)
  await expect(start({ iterations: [-1] })).rejects.toThrow('needs two models')
  await expect(start({ iterations: [7] })).rejects.toThrow('has no model')
  await expect(start({ questionsPath: join(home, 'none.jsonl') })).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
  })
  await expect(start({ runId: 99 })).rejects.toMatchObject({ code: 'BAD_INPUT' })
  expect(await calls.judgeQuestions({ path: choice.questionsPath }, never)).toMatchObject({ questions: 3 })
  expect(await calls.judgeQuestions({ path: null }, never)).toMatchObject({ questions: 32, references: 12 })
  await expect(
    (async () => calls.setJudgeKey({ baseUrl: 'http://judge.example.com/v1', key: secret }, never))(),
  ).rejects.toThrow('unencrypted')
  await expect(
    (async () => calls.beginJudging({ id: 5, endpoint, prices: null, keyVariable: null }, never))(),
  ).rejects.toThrow('number 5')
})
