import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { samplesContract } from '../../../src/contract/app/samples.ts'
import { engineContract } from '../../../src/contract/engine.ts'
import { type LoopOutcome, LoopSetup } from '../../../src/contract/project.ts'
import { closeSamples, sampleLines, sampleOrder, sampleRows } from '../../../src/engine/data/samples.ts'
import { releaseTokenScores, tokenScores } from '../../../src/engine/stages/token-scores.ts'
import type { App } from '../../../src/main/app.ts'
import { runLoop } from '../../../src/main/loop/run-loop.ts'
import { createSampleHandlers } from '../../../src/main/samples/sample-handlers.ts'
import { createServices } from '../../../src/main/services.ts'
import { openStore, type Store } from '../../../src/main/store/store.ts'
import { writeRepeats } from '../loop/repeated-rows.ts'
import { smallPlan, stagesInProcess } from '../loop/stages-in-process.ts'

const { calls } = engineContract
const { signal: never } = new AbortController()
const engine = stagesInProcess({
  sampleOrder: (input, signal) => sampleOrder(calls.sampleOrder.input.parse(input), signal),
  sampleLines: async (input, signal) => ({
    lines: await sampleLines(calls.sampleLines.input.parse(input), signal),
  }),
  sampleRows: async (input, signal) => ({
    rows: await sampleRows(calls.sampleRows.input.parse(input), signal),
  }),
  tokenScores: (input, signal) => tokenScores(calls.tokenScores.input.parse(input), signal),
})

const home = mkdtempSync(join(tmpdir(), 'spin-sample-app-'))
const beta = 0.3
let store: Store
let outcome: LoopOutcome
let projectId = ''
let handlers: ReturnType<typeof createSampleHandlers>

/** Two iterations on a small model. */
beforeAll(async () => {
  const data = join(home, 'data.jsonl')
  writeRepeats(data, 16)
  const setup = LoopSetup.parse({
    modelDir: join(import.meta.dirname, '../../golden/tied/model'),
    data: { kind: 'import', sources: [data], testShare: 0.25 },
    plan: smallPlan(
      { beta, checkpointEverySteps: 3 },
      { samplesPerPrompt: 0 },
      { minDelta: -1000 }, // so that each iteration starts from the one before
    ),
  })
  store = openStore({ path: join(home, 'app.sqlite') })
  outcome = await runLoop({ store, engine, projectDir: join(home, 'project'), setup })
  projectId = store.projectPage(1)[0]!.id
  const app = {
    store,
    engine,
    inspector: engine,
    evaluator: engine,
    onDispose: () => undefined,
  } as Partial<App> as App
  handlers = createSampleHandlers(createServices(app, home))
})
afterAll(async () => {
  await closeSamples()
  await releaseTokenScores()
  store.close()
  rmSync(home, { recursive: true })
})

const set = (iteration: number, split: 'test' | 'train' = 'test') => ({ projectId, iteration, split })
const everything = { filter: 'all', search: '', sort: 'largest-margin' } as const

async function firstView() {
  const abort = new AbortController()
  for await (const view of handlers.streams.samples({ projectId }, abort.signal)) {
    abort.abort()
    return samplesContract.streams.samples.event.parse(view)
  }
  throw new Error('no view')
}

test('each iteration says what there is of it, and whose model its opponent is', async () => {
  const rows = { test: expect.any(Number), train: expect.any(Number) }
  expect(await firstView()).toEqual({
    run: outcome.runId,
    iterations: [
      {
        iteration: 0,
        opponent: -1,
        beta,
        rows,
        hasModel: true,
        hasAnswers: { test: true, train: true },
        hasScores: { test: true, train: false },
      },
      {
        iteration: 1,
        opponent: 0,
        beta,
        rows,
        hasModel: true,
        hasAnswers: { test: true, train: false },
        hasScores: { test: true, train: false },
      },
    ],
  })
})

test('margins are those of the evaluation, and every row has all that is known of it', async () => {
  const order = await handlers.calls.sampleOrder({ ...set(1), ...everything }, never)
  const evaluation = outcome.iterations[1]!.evaluation!
  expect(order.total).toBe(evaluation.rows)
  const mean = order.margins.reduce((sum, margin) => sum + margin) / order.total
  expect(mean).toBeCloseTo(evaluation.margin!, 6) // float32 on the wire
  expect(order.counts.wins / order.total).toBe(evaluation.rewardAccuracy)
  const { row } = await handlers.calls.sampleRow({ ...set(1), row: order.rows[0]! }, never)
  expect(row!.score!.margin).toBeCloseTo(order.margins[0]!, 5)
  expect(row!.answer).toEqual(expect.any(String))
  const { lines } = await handlers.calls.sampleLines({ ...set(1), rows: [order.rows[0]!] }, never)
  expect(lines).toEqual([{ row: row!.row, id: row!.id, line: row!.prompt.at(-1)!.content }])
})

test('tokens of all three answers are scored, and sum to the rewards', async () => {
  const { row } = await handlers.calls.sampleRow({ ...set(0), row: 0 }, never)
  const tokens = await handlers.calls.sampleTokens({ ...set(0), row: 0 }, never)
  const reward = ({ policy, opponent }: typeof tokens.human): number =>
    beta * policy.reduce((sum, logp, i) => sum + logp - opponent[i]!, 0)
  // Float32 sums of other batches.
  expect(reward(tokens.human)).toBeCloseTo(row!.score!.realReward, 4)
  expect(reward(tokens.opponent)).toBeCloseTo(row!.score!.generatedReward, 4)
  const { texts, ended } = tokens.newModel!
  expect((ended ? texts.slice(0, -1) : texts).join('').trim()).toBe(row!.answer!.trim())
  expect(ended).toBe(row!.answerFinish === 'stop')
})

test('of training rows the new model’s answers are what the next iteration generated; margins are not known', async () => {
  const { row } = await handlers.calls.sampleRow({ ...set(0, 'train'), row: 2 }, never)
  const next = await handlers.calls.sampleOrder({ ...set(1, 'train'), ...everything, search: row!.id }, never)
  const { row: later } = await handlers.calls.sampleRow({ ...set(1, 'train'), row: next.rows[0]! }, never)
  expect(row!.answer).toBe(later!.generated)
  expect(later!.answer).toBeNull()
  expect([...next.margins].every(Number.isNaN)).toBe(true)
  expect((await handlers.calls.sampleTokens({ ...set(1, 'train'), row: 2 }, never)).newModel).toBeNull()
})

test('a flag holds in every iteration, is filtered by, and can be taken back', async () => {
  const { row } = await handlers.calls.sampleRow({ ...set(0), row: 1 }, never)
  const { id } = row!
  expect(await handlers.calls.flagSample({ projectId, id, flagged: true }, never)).toEqual({ ids: [id] })
  expect(await handlers.calls.flagSample({ projectId, id, flagged: true }, never)).toEqual({ ids: [id] })
  for (const iteration of [0, 1]) {
    const query = { ...everything, filter: 'flagged' } as const
    const { rows, counts } = await handlers.calls.sampleOrder({ ...set(iteration), ...query }, never)
    expect(counts.flagged).toBe(1)
    const found = await handlers.calls.sampleRow({ ...set(iteration), row: rows[0]! }, never)
    expect(found.row!.id).toBe(id)
  }
  expect(await handlers.calls.sampleFlags({ projectId }, never)).toEqual({ ids: [id] })
  expect(await handlers.calls.flagSample({ projectId, id, flagged: false }, never)).toEqual({ ids: [] })
})

test('exported rows are JSON Lines in the list’s order', async () => {
  const query = { ...everything, sort: 'smallest-margin' } as const
  let text = ''
  for await (const { bytes } of handlers.streams.exportSamples({ ...set(0), ...query }, never))
    text += new TextDecoder().decode(bytes)
  const rows = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { margin: number; id: string })
  const order = await handlers.calls.sampleOrder({ ...set(0), ...query }, never)
  expect(Float32Array.from(rows, ({ margin }) => margin)).toEqual(order.margins)
  expect(rows[0]).toMatchObject({
    iteration: 0,
    split: 'test',
    flagged: false,
    prompt: [{ role: 'user', content: expect.stringMatching(/^Say/) }],
    real: expect.any(String),
    generated: expect.any(String),
    new_model: expect.any(String),
  })
})

test('what is not there is refused by name', async () => {
  const { calls: ask } = handlers
  const refused = { code: 'BAD_INPUT' }
  await expect(ask.sampleRow({ ...set(7), row: 0 }, never)).rejects.toMatchObject(refused)
  await expect(ask.sampleTokens({ ...set(0), row: 9999 }, never)).rejects.toMatchObject(refused)
  const { modelDir } = outcome.iterations[1]!.finetune!
  renameSync(modelDir, `${modelDir}-moved`)
  await expect(ask.sampleTokens({ ...set(1), row: 0 }, never)).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
    message: expect.stringContaining(modelDir),
  })
  expect((await ask.sampleRow({ ...set(1), row: 0 }, never)).row).not.toBeNull()
  expect(() => ask.sampleFlags({ projectId: 'nobody' }, never)).toThrow(/deleted/)
})
