import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import {
  EvaluateRequest,
  type EvaluationResult,
  PreferenceRequest,
  type PreferenceResult,
} from '../../../src/contract/engine.ts'
import { readDatasetRows } from '../../../src/engine/data/dataset-rows.ts'
import { equalLengthRate, fitLengthControl } from '../../../src/engine/evaluation/judging/length-control.ts'
import { logProbPreference } from '../../../src/engine/evaluation/judging/log-prob-preference.ts'
import { evaluateStage } from '../../../src/engine/stages/evaluate-stage.ts'
import { importStage } from '../../../src/engine/stages/import-stage.ts'
import { logProbPreferenceStage } from '../../../src/engine/stages/log-prob-preference-stage.ts'
import { releaseTokenScores, tokenScores } from '../../../src/engine/stages/token-scores.ts'
import { ImportRequest } from '../../../src/contract/engine.ts'
import { uniform } from '../../../src/engine/tensor/random.ts'

const golden = join(import.meta.dirname, '../../golden')
const model = (name: string) => join(golden, name, 'model')
const home = mkdtempSync(join(tmpdir(), 'spin-log-prob-'))
const never = new AbortController().signal
afterAll(async () => {
  await releaseTokenScores()
  rmSync(home, { recursive: true })
})

async function last<T>(events: AsyncIterable<unknown>): Promise<T> {
  let found: unknown
  for await (const event of events) found = event
  return found as T
}

/** Rows, and the evaluations of both models on them. */
async function setUp() {
  const source = join(home, 'rows.jsonl')
  const rows = Array.from({ length: 12 }, (_, i) => ({
    prompt: `Say ${i}`,
    response: `${i} `.repeat(1 + (i % 4)),
  }))
  writeFileSync(source, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  await last(
    importStage(ImportRequest.parse({ sources: [source], outDir: join(home, 'data'), testShare: 0 }), never),
  )
  const dataPath = join(home, 'data', 'train.parquet')
  const evaluate = async (name: string) => {
    const settings = { samplesPerPrompt: 0, maxNewTokens: 10, batchSize: 4 }
    const request = { modelDir: model(name), dataPath, outDir: join(home, name), settings }
    return (await last<EvaluationResult>(evaluateStage(EvaluateRequest.parse(request), never))).answersPath
  }
  return { dataPath, tied: await evaluate('tied'), biased: await evaluate('biased') }
}

test('a model beside itself: ties with its own answers, and one opinion of the human ones', async () => {
  const { dataPath, tied } = await setUp()
  const request = PreferenceRequest.parse({
    baseDir: model('tied'),
    modelDir: model('tied'),
    dataPath,
    answersPath: tied,
    baseAnswersPath: tied,
    outDir: join(home, 'self'),
    batchSize: 4,
  })
  const result = await last<PreferenceResult>(logProbPreferenceStage(request, never))
  const [base, human] = result.against
  expect(base).toMatchObject({ opponent: 'base', pairs: 12, wins: 0, ties: 12, winRate: 0.5 })
  expect(base!.lengthControlled.winRate).toBeCloseTo(0.5, 12)
  expect(base!.interval).toEqual({ low: 0.5, high: 0.5 })
  expect(human!.byBase).toBe(human!.byModel)
  expect(human!.winRate).toBe(human!.byBase)
  // Asked again it is read back.
  const events = []
  for await (const event of logProbPreferenceStage(request, never)) events.push(event)
  expect(events).toEqual([result])

  // Each sum is that of the tokens' scores, which the samples show; the rate is counted from the file.
  const [row] = await readDatasetRows(dataPath)
  const lines = readFileSync(result.rowsPath, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<'own' | 'base' | 'human', { byModel: number; tokens: number }>)
  const scored = await tokenScores(
    {
      modelDir: model('tied'),
      opponentDir: model('tied'),
      promptFormat: 'chat',
      prompt: row!.prompt,
      answers: [{ text: row!.answer, finish: 'stop' }],
      evaluated: { dataPath, limit: 0, maxNewTokens: 10 },
    },
    never,
  )
  const { policy } = scored.answers[0]!
  expect(lines[0]!.human.tokens).toBe(policy.length)
  expect(lines[0]!.human.byModel).toBeCloseTo(
    policy.reduce((a, b) => a + b, 0),
    3,
  )
  const wins = lines.filter(({ own, human: h }) => own.byModel / own.tokens > h.byModel / h.tokens).length
  expect(human!.wins).toBe(wins)
})

test('answers of other rows, and models of other tokens, are refused', async () => {
  const { dataPath, tied } = await setUp()
  const request = {
    baseDir: model('tied'),
    modelDir: model('tied'),
    dataPath,
    answersPath: tied,
    baseAnswersPath: tied,
    outDir: join(home, 'refused'),
  }
  const other = join(home, 'other.jsonl')
  writeFileSync(other, readFileSync(tied, 'utf8').replaceAll('"id":"', '"id":"x'))
  const run = (more: object) =>
    last(logProbPreferenceStage(PreferenceRequest.parse({ ...request, ...more }), never))
  await expect(run({ baseAnswersPath: other })).rejects.toThrow('none in common')
  await expect(run({ answersPath: join(home, 'none.jsonl') })).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
  })
  const starter = join(import.meta.dirname, '../../../resources/starter/model')
  await expect(run({ modelDir: starter })).rejects.toThrow('different tokens')
})

test('the regression is at its maximum, and finds the rate at equal length that made the data', () => {
  const n = 4000
  const lengths = Array.from({ length: n }, (_, i) => 40 * (uniform(1, 'length', i) - 0.3))
  const sd = Math.sqrt(lengths.reduce((sum, x) => sum + x * x, 0) / n)
  const [a, b] = [0.4, 1.5]
  const outcomes = lengths.map((x, i) =>
    uniform(2, 'won', i) < 1 / (1 + Math.exp(-(a + b * Math.tanh(x / sd)))) ? 1 : 0,
  )
  const fit = fitLengthControl(outcomes, lengths)
  // Standard errors are about 0.04 and 0.07.
  expect(Math.abs(fit.intercept - a)).toBeLessThan(0.15)
  expect(Math.abs(fit.slope - b)).toBeLessThan(0.25)
  const penalized = (intercept: number, slope: number): number =>
    lengths.reduce(
      (sum, x, i) => {
        const z = intercept + slope * Math.tanh(x / sd)
        return sum + outcomes[i]! * z - Math.log1p(Math.exp(z))
      },
      -0.25 * (intercept ** 2 + slope ** 2),
    )
  const best = penalized(fit.intercept, fit.slope)
  for (const [da, db] of [
    [1e-3, 0],
    [-1e-3, 0],
    [0, 1e-3],
    [0, -1e-3],
  ] as const)
    expect(penalized(fit.intercept + da, fit.slope + db)).toBeLessThan(best)
  // The raw rate is far from it, because the answers are longer on average.
  const raw = outcomes.filter((won) => won === 1).length / n
  expect(raw - equalLengthRate(fit)).toBeGreaterThan(0.05)
})

test('wins that length alone explains are no wins at equal length; with nothing but wins it stays finite', () => {
  const pair = (own: number, other: number, better: boolean) => ({
    own: { byBase: -(better ? 0.5 : 1) * own, byModel: -(better ? 0.5 : 1) * own, tokens: own },
    other: { byBase: -0.75 * other, byModel: -0.75 * other, tokens: other },
  })
  // Three of four answers are longer; the longer one wins nine times of ten, whoever wrote it.
  const byLength = Array.from({ length: 200 }, (_, i) => {
    const isLonger = i % 4 !== 0
    const wins = isLonger === i % 40 >= 4
    return isLonger ? pair(20, 10, wins) : pair(10, 20, wins)
  })
  const { winRate, lengthControlled, matched } = logProbPreference('human', byLength, 1)
  expect(winRate).toBeGreaterThan(0.68)
  expect(Math.abs(lengthControlled.winRate - 0.5)).toBeLessThan(0.05)
  expect(lengthControlled.slope).toBeGreaterThan(2)
  expect(matched).toEqual({ pairs: 0, winRate: null })
  const onlyWins = logProbPreference(
    'base',
    Array.from({ length: 30 }, () => pair(10, 10, true)),
    1,
  )
  expect(onlyWins.winRate).toBe(1)
  expect(onlyWins.lengthControlled.winRate).toBeGreaterThan(0.9)
  expect(onlyWins.lengthControlled.winRate).toBeLessThan(1)
  expect(onlyWins.matched).toEqual({ pairs: 30, winRate: 1 })
})
