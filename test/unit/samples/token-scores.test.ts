import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PairRow } from '../../../src/contract/chat.ts'
import { EvaluateRequest, EvaluationAnswer, FinetuneRequest } from '../../../src/contract/engine.ts'
import { PairScore, TokenScoresRequest } from '../../../src/contract/samples-engine.ts'
import { writePairsParquet } from '../../../src/engine/data/parquet-writer.ts'
import { evaluateStage } from '../../../src/engine/stages/evaluate-stage.ts'
import { finetuneStage } from '../../../src/engine/stages/finetune-stage.ts'
import { releaseTokenScores, tokenScores } from '../../../src/engine/stages/token-scores.ts'
import { settings } from '../trainer/training-run.ts'

const beta = 0.3
const maxNewTokens = 6
const { signal } = new AbortController()
const home = mkdtempSync(join(tmpdir(), 'spin-tokens-'))
const opponentDir = join(import.meta.dirname, '../../golden/tied/model')
const modelDir = join(home, 'model')
const dataPath = join(home, 'pairs.parquet')
const pairs: PairRow[] = Array.from({ length: 6 }, (_, i) => ({
  id: `row ${i}`,
  prompt: [{ role: 'user', content: `Say ${i} twice` }],
  real: `${i} and ${i}`,
  generated: `${i}? ${'no '.repeat(i)}`,
  check: null,
  finishReason: i % 2 === 0 ? 'stop' : 'length',
}))
const linesOf = (path: string): unknown[] =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)

/** A model that has learnt a little from the pairs, and its evaluation against the opponent it started from. */
beforeAll(async () => {
  await writePairsParquet(dataPath, pairs)
  const training = FinetuneRequest.parse({
    modelDir: opponentDir,
    sources: [{ path: dataPath, fraction: 1 }],
    workDir: join(home, 'work'),
    outDir: modelDir,
    settings: settings({ maxSteps: 3, maxLength: 64, maxPromptLength: 40 }),
    gates: {},
  })
  for await (const _event of finetuneStage(training, signal)) void _event
  const evaluation = EvaluateRequest.parse({
    modelDir,
    opponentDir,
    dataPath,
    heldOutPairsPath: dataPath,
    outDir: join(home, 'evaluation'),
    beta,
    settings: { samplesPerPrompt: 0, maxNewTokens, batchSize: 4 },
  })
  for await (const event of evaluateStage(evaluation, signal)) if (event.kind === 'done') result = event
})
let result: { margin: number | null; rewardAccuracy: number | null; meanTokensGreedy: number }
afterAll(async () => {
  await releaseTokenScores()
  rmSync(home, { recursive: true })
})

const evaluated = { dataPath, limit: 0, maxNewTokens }
const scoresOf = (pair: PairRow, over: Partial<TokenScoresRequest> = {}) =>
  tokenScores(
    TokenScoresRequest.parse({
      modelDir,
      opponentDir,
      evaluated,
      prompt: pair.prompt,
      answers: [
        { text: pair.real, finish: 'stop' },
        { text: pair.generated, finish: pair.finishReason },
      ],
      ...over,
    }),
    signal,
  )

test('an evaluation leaves the reward of every pair, whose means are the result’s', () => {
  const scores = linesOf(join(home, 'evaluation', 'pair-scores.jsonl')).map((line) => PairScore.parse(line))
  expect(scores.map(({ id }) => id)).toEqual(pairs.map(({ id }) => id))
  const margins = scores.map(({ margin }) => margin)
  expect(margins.some((margin) => Math.abs(margin) > 1e-3)).toBe(true) // so that there is something to compare
  expect(margins.reduce((a, b) => a + b) / margins.length).toBeCloseTo(result.margin!, 12)
  expect(margins.filter((margin) => margin > 0).length / margins.length).toBe(result.rewardAccuracy)
  for (const { realReward, generatedReward, margin } of scores)
    expect(realReward - generatedReward).toBe(margin)
})

test('the answers say whether they were cut', () => {
  const answers = linesOf(join(home, 'evaluation', 'answers.jsonl')).map((line) =>
    EvaluationAnswer.parse(line),
  )
  expect(answers.every(({ greedyFinish }) => greedyFinish === 'stop' || greedyFinish === 'length')).toBe(true)
})

test('summed over its tokens and times β, an answer’s log-ratio is the reward of the evaluation', async () => {
  const scores = linesOf(join(home, 'evaluation', 'pair-scores.jsonl')).map((line) => PairScore.parse(line))
  for (const [i, pair] of pairs.entries()) {
    const { answers } = await scoresOf(pair)
    const rewards = answers.map(
      ({ policy, opponent }) => beta * policy.reduce((sum, logp, n) => sum + (logp - opponent[n]!), 0),
    )
    // Other batches add float32 numbers in another order: 1e-6 of log-probs of some tens of nats, at most.
    expect(rewards[0]).toBeCloseTo(scores[i]!.realReward, 4)
    expect(rewards[1]).toBeCloseTo(scores[i]!.generatedReward, 4)
    expect(answers.map(({ texts }) => texts.length)).toEqual([
      scores[i]!.realTokens,
      scores[i]!.generatedTokens,
    ])
  }
})

test('the tokens’ texts join to the answer; an answer that was cut has no end', async () => {
  for (const pair of pairs) {
    const { answers, promptTokens } = await scoresOf(pair)
    const [real, generated] = answers
    expect(promptTokens).toBeGreaterThan(0)
    expect(real!.ended).toBe(true)
    expect(real!.texts.slice(0, -1).join('')).toBe(pair.real)
    expect(generated!.ended).toBe(pair.finishReason === 'stop')
    const shown = generated!.ended ? generated!.texts.slice(0, -1) : generated!.texts
    expect(shown.join('').trim()).toBe(pair.generated.trim())
  }
})

test('a model against itself has a log-ratio of zero at every token', async () => {
  const { answers } = await scoresOf(pairs[3]!, { modelDir: opponentDir })
  for (const { policy, opponent } of answers) expect(policy).toEqual(opponent)
})

test('calls at once are answered one after the other, and one that nobody waits for is not', async () => {
  const abort = new AbortController()
  const request = TokenScoresRequest.parse({
    modelDir,
    opponentDir,
    evaluated,
    prompt: pairs[0]!.prompt,
    answers: [],
  })
  const [first, second] = [scoresOf(pairs[0]!), tokenScores(request, abort.signal)]
  abort.abort()
  await expect(second).rejects.toMatchObject({ code: 'CANCELLED' })
  expect((await first).answers).toHaveLength(2)
  await releaseTokenScores()
  expect((await scoresOf(pairs[0]!)).answers).toEqual((await first).answers)
})
