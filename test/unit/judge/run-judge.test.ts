import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { JudgeEndpoint, JudgeTask } from '../../../src/contract/judge.ts'
import { judgeCases } from '../../../src/main/judge/judge-cases.ts'
import { createJudgeClient } from '../../../src/main/judge/judge-client.ts'
import { judgeCost } from '../../../src/main/judge/judge-cost.ts'
import { exportJudging, writeFastChatJudgments } from '../../../src/main/judge/judge-export.ts'
import { importVerdicts } from '../../../src/main/judge/judge-import.ts'
import { summarizeJudge, wilson } from '../../../src/main/judge/judge-summary.ts'
import { readVerdict } from '../../../src/main/judge/read-verdict.ts'
import { runJudge } from '../../../src/main/judge/run-judge.ts'
import { openVerdictJournal, verdictsPath } from '../../../src/main/judge/verdict-journal.ts'
import { type Answering, answersIn, json, type JudgeServer, reply, startJudgeServer } from './judge-server.ts'
import { judgingFolder, threeModels } from './judging-fixture.ts'

const home = mkdtempSync(join(tmpdir(), 'spin-judge-run-'))
const servers: JudgeServer[] = []
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()))
  rmSync(home, { recursive: true })
})

/** Prefers the longer answer, in whatever order. */
const longer: Answering = ({ prompt }, response) => {
  const [a = '', b = ''] = answersIn(prompt)
  reply(response, `Weighed. [[${a.length === b.length ? 'C' : a.length > b.length ? 'A' : 'B'}]]`)
}

async function setUp(name: string, answering: Answering, more: { task?: object; endpoint?: object } = {}) {
  const server = await startJudgeServer(answering)
  servers.push(server)
  const folder = judgingFolder(join(home, name), threeModels)
  const task = JudgeTask.parse({
    mode: 'pairwise',
    models: ['iteration-1', 'iteration-2'],
    baseline: 'base',
    ...more.task,
  })
  const endpoint = JudgeEndpoint.parse({
    baseUrl: server.url,
    model: 'gpt-judge',
    attempts: 2,
    backoffSeconds: 0.01,
    ...more.endpoint,
  })
  const cases = judgeCases(folder, task, endpoint.model)
  const path = verdictsPath(folder.judgmentDir, endpoint.model)
  const run = async (signal?: AbortSignal, graceSeconds = 5) => {
    const journal = openVerdictJournal(path)
    try {
      await runJudge({
        cases: cases.cases,
        client: createJudgeClient(endpoint, null),
        judge: endpoint.model,
        journal,
        concurrency: endpoint.concurrency,
        graceSeconds,
        ...(signal ? { signal } : {}),
      })
      return journal.verdicts
    } finally {
      journal.close()
    }
  }
  return { server, folder, endpoint, cases, path, run }
}

test('both orders are asked; wins, ties and losses come out whichever answer was shown first', async () => {
  const { server, cases, run } = await setUp('swap', longer)
  // Two answers of iteration-2 and one of iteration-1 are the base's own: nobody is asked about them.
  expect(cases.identical).toHaveLength(3)
  expect(cases.cases).toHaveLength(2 * (5 + 4))
  const { pairs } = summarizeJudge(cases, await run())
  const [one, two] = pairs
  // Question 1: longer, and in turn 2 the same; question 2: the same, longer; the poem: longer twice.
  expect(one).toMatchObject({ model: 'iteration-1', wins: 4, ties: 2, losses: 0, questions: 3, agreement: 1 })
  expect(one).toMatchObject({ winRate: 5 / 6, firstShare: 0.5, identical: 1, unreadable: 0 })
  expect(one!.byCategory).toEqual([
    { category: 'math', wins: 2, ties: 2, losses: 0 },
    { category: 'writing', wins: 2, ties: 0, losses: 0 },
  ])
  expect(one!.byTurn.map(({ turn, wins }) => [turn, wins])).toEqual([
    [1, 2],
    [2, 2],
  ])
  expect(two).toMatchObject({ wins: 4, ties: 2, losses: 0, identical: 2 })
  // The second turn's prompt holds the first as context, and the reference where there is one.
  const second = server.asked.find(({ prompt }) => prompt.includes('And 3 + 3?'))!
  expect(second.prompt).toContain('four, since 2 + 2 = 4')
  expect(second.prompt).toMatch(/=== reference answer of turn 2 [0-9a-f]{8} ===\n6\n/)
})

test('a judge that always names the first answer decides nothing: ties, no agreement, a bias that shows', async () => {
  const { cases, run } = await setUp('biased', (_, response) => reply(response, '[[A]]'))
  const [one] = summarizeJudge(cases, await run()).pairs
  expect(one).toMatchObject({ wins: 0, ties: 6, losses: 0, winRate: 0.5, agreement: 0, firstShare: 1 })
})

test('grades: means by turn and category, what cannot be read in no mean', async () => {
  const { cases, run } = await setUp(
    'single',
    ({ prompt }, response) => {
      const [answer = ''] = answersIn(prompt)
      reply(
        response,
        answer === 'nine' ? 'I would rather not.' : `[[3]]? No: [[${answer.length > 4 ? 9 : 4}]]`,
      )
    },
    { task: { mode: 'single', baseline: null } },
  )
  const [one, two] = summarizeJudge(cases, await run()).grades
  expect(one).toMatchObject({
    model: 'iteration-1',
    graded: 6,
    unreadable: 0,
    mean: (9 + 4 + 4 + 9 + 9 + 9) / 6,
  })
  expect(one!.byTurn).toEqual([
    { turn: 1, mean: 22 / 3, graded: 3 },
    { turn: 2, mean: 22 / 3, graded: 3 },
  ])
  expect(one!.byCategory).toContainEqual({ category: 'writing', mean: 9, graded: 2 })
  // Means of the questions 6.5, 6.5 and 9: sd 1.443, over √3.
  expect(one!.stderr).toBeCloseTo(0.8333, 4)
  expect(two).toMatchObject({ graded: 5, unreadable: 1 })
})

test('no request is paid for twice: asked again, only what is missing is sent, at most so many at once', async () => {
  let failing = true
  const { server, cases, run } = await setUp(
    'resume',
    async (request, response) => {
      const number = server.asked.length
      await new Promise((resolve) => setTimeout(resolve, 5))
      if (failing && number > 7) json(response, 401, {})
      else await longer(request, response)
    },
    { endpoint: { concurrency: 3 } },
  )
  await expect(run()).rejects.toMatchObject({ code: 'JUDGE_REFUSED' })
  const paid = server.asked.slice(0, 7).map(({ id }) => id)
  const refused = server.asked.length - 7
  expect(refused).toBeLessThanOrEqual(3) // those in flight; nothing new was begun
  failing = false
  const verdicts = await run()
  expect(verdicts.size).toBe(18)
  expect(server.asked).toHaveLength(18 + refused)
  for (const id of paid) expect(server.asked.filter((one) => one.id === id)).toHaveLength(1)
  expect(server.mostAtOnce()).toBe(3)
  await run()
  expect(server.asked).toHaveLength(18 + refused)
  expect(judgeCost(cases, verdicts, { maxTokens: 1024, prices: null })).toMatchObject({
    requests: 0,
    known: 18,
  })
})

test('a stop waits for the replies on their way, since they are paid for, but not for ever', async () => {
  const stop = new AbortController()
  const { server, run, path } = await setUp('stopped', (request, response) => {
    if (server.asked.length === 4) stop.abort()
    if (server.asked.length >= 4) void Promise.resolve().then(() => longer(request, response))
    else setTimeout(() => void longer(request, response), 50)
  })
  await expect(run(stop.signal)).rejects.toMatchObject({ code: 'CANCELLED' })
  expect(readFileSync(path, 'utf8').trimEnd().split('\n')).toHaveLength(server.asked.length)

  const again = new AbortController()
  const silent = await setUp('silent', () => again.abort())
  await expect(silent.run(again.signal, 0.05)).rejects.toMatchObject({ code: 'CANCELLED' })
})

test('what a crash left of a last verdict is cut off, and that case is asked again', async () => {
  const { server, run, path } = await setUp('torn', longer)
  await run()
  const whole = readFileSync(path, 'utf8')
  appendFileSync(path, whole.slice(0, 90))
  expect((await run()).size).toBe(18)
  expect(readFileSync(path, 'utf8')).toBe(whole)
  expect(server.asked).toHaveLength(18)
})

test('two programs that write one journal lose no line of each other', async () => {
  const { run, path } = await setUp('shared', longer)
  const verdicts = [...(await run()).values()]
  const other = join(home, 'shared.verdicts')
  const [a, b] = [openVerdictJournal(other), openVerdictJournal(other)]
  for (const [i, verdict] of verdicts.entries()) (i % 2 === 0 ? a : b).append([verdict])
  a.close()
  b.close()
  expect(readFileSync(other, 'utf8')).toBe(readFileSync(path, 'utf8'))
})

test('the cost counts the very prompts, in tokens and in the person’s prices', async () => {
  const { cases } = await setUp('cost', longer)
  const cost = judgeCost(cases, new Map(), {
    maxTokens: 500,
    prices: { inputPerMillion: 2, outputPerMillion: 8 },
  })
  const characters = cases.cases.reduce((sum, { prompt }) => sum + prompt.length, 0)
  expect(cost).toMatchObject({
    requests: 18,
    known: 0,
    identical: 3,
    replyTokens: 4500,
    replyTokensAtMost: 9000,
  })
  expect(cost.promptTokens).toBeGreaterThan(characters / 4)
  expect(cost.promptTokens).toBeLessThan(characters / 4 + 18 * 40)
  expect(cost.price).toBeCloseTo((cost.promptTokens * 2 + 4500 * 8) / 1e6, 12)
  expect(cost.priceAtMost).toBeCloseTo((cost.promptTokens * 2 + 9000 * 8) / 1e6, 12)
})

test('judged elsewhere, by a batch, plain lines or FastChat, the summary is that of judging here', async () => {
  const { folder, endpoint, cases, run } = await setUp('exchange', longer)
  const verdicts = await run()
  const expected = summarizeJudge(cases, verdicts)
  const { paths, requests } = exportJudging(folder, cases, new Map(), endpoint, join(folder.dir, 'export'))
  expect(requests).toBe(18)
  const rows = (path: string) =>
    readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  const [prompts, batch, references] = paths as [string, string, string]
  expect(rows(batch)[0]).toMatchObject({
    custom_id: cases.cases[0]!.id,
    method: 'POST',
    url: '/v1/chat/completions',
    body: { model: 'gpt-judge', messages: [{ role: 'user', content: cases.cases[0]!.prompt }] },
  })
  expect(rows(references)).toMatchObject([{ question_id: 1, choices: [{ turns: ['4', '6'] }] }])

  const textOf = (id: unknown) => verdicts.get(String(id))!.reply
  const message = (id: unknown) => ({ role: 'assistant', content: textOf(id) })
  const files = {
    batch: rows(batch).map(({ custom_id }) => ({
      custom_id,
      response: { status_code: 200, body: { choices: [{ message: message(custom_id) }] } },
      error: null,
    })),
    plain: rows(prompts).map(({ id }) => ({ id, reply: textOf(id) })),
    fastchat: rows(writeFastChatJudgments(folder, cases, verdicts, 'gpt-judge')),
  }
  // The other way round, as a person may have named the models there.
  const reversed = files.fastchat.map(({ model_1, model_2, g1_judgment, g2_judgment, ...row }) => ({
    ...row,
    model_1: model_2,
    model_2: model_1,
    g1_judgment: g2_judgment,
    g2_judgment: g1_judgment,
  }))
  for (const [name, lines] of Object.entries({ ...files, reversed })) {
    const path = join(folder.dir, `${name}.txt`)
    rmSync(path, { force: true })
    for (const line of lines) appendFileSync(path, `${JSON.stringify(line)}\n`)
    const taken = importVerdicts(path, cases, new Map(), 'gpt-judge')
    expect(taken).toMatchObject({ failed: 0 })
    expect(summarizeJudge(cases, new Map(taken.verdicts.map((one) => [one.id, one])))).toEqual(expected)
    expect(importVerdicts(path, cases, verdicts, 'gpt-judge').verdicts).toEqual([])
  }
  const path = join(folder.dir, 'bad.txt')
  appendFileSync(path, '{"custom_id":"x","response":null}\n{"id":"y","reply":"[[A]]"}\n')
  expect(importVerdicts(path, cases, new Map(), 'j')).toEqual({ verdicts: [], failed: 1, foreign: 1 })
  appendFileSync(path, '{"something":1}\n')
  expect(() => importVerdicts(path, cases, new Map(), 'j')).toThrow('line 3')
})

test('answers that are missing are told by name', async () => {
  const folder = judgingFolder(join(home, 'missing'), { base: threeModels.base })
  const task = { mode: 'pairwise', models: ['other'], baseline: 'base', limit: null } as const
  expect(() => judgeCases(folder, { ...task, models: ['other'] }, 'j')).toThrow(/other has no answers.*base/)
  expect(() => judgeCases(folder, { ...task, models: ['base'] }, 'j')).toThrow('Only base was chosen')
  expect(() => judgeCases(folder, { ...task, models: ['base'], baseline: null }, 'j')).toThrow(
    'need a baseline',
  )
})

test('the last verdict of a reply counts; what an answer says to the judge is inside a mark it cannot know', () => {
  const pair = (text: string, swapped = false) => readVerdict(text, { mode: 'pairwise', swapped }).winner
  expect(pair('At first [[A]], but then: [[B]]')).toBe('model_2')
  expect(pair('[[ a ]]', true)).toBe('model_2')
  expect(pair('[[C]]')).toBe('tie')
  expect(pair('A is better')).toBeNull()
  const grade = (text: string) => readVerdict(text, { mode: 'single', swapped: false }).score
  expect(['[[7]]', '[[ 7.5 / 10 ]]', '[[2]] … [[10]]', '[[0]]', '[[11]]', '7'].map(grade)).toEqual([
    7,
    7.5,
    10,
    null,
    null,
    null,
  ])
})

test("Wilson's interval, against values of R's prop.test without continuity correction", () => {
  for (const [share, n, low, high] of [
    [0.5, 10, 0.2366, 0.7634],
    [1, 10, 0.7225, 1],
    [0, 20, 0, 0.1611],
    [0.8, 80, 0.6996, 0.873],
  ] as const) {
    const interval = wilson(share, n)
    expect(interval.low).toBeCloseTo(low, 3)
    expect(interval.high).toBeCloseTo(high, 3)
  }
})
