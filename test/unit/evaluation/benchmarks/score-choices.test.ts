import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type ChoiceQuestion,
  planChoices,
} from '../../../../src/engine/evaluation/benchmarks/choice-batches.ts'
import {
  type RequestEncoder,
  requestEncoder,
} from '../../../../src/engine/evaluation/benchmarks/request-encoder.ts'
import {
  type AnsweredQuestion,
  scoreChoices,
} from '../../../../src/engine/evaluation/benchmarks/score-choices.ts'
import type { TaskQuestion } from '../../../../src/engine/evaluation/benchmarks/task.ts'
import { LayeredModel } from '../../../../src/engine/model/layered-model.ts'
import type { ModelConfig } from '../../../../src/engine/model/model-config.ts'
import { wholeSequences } from '../../../../src/engine/model/token-batch.ts'
import { responseScores } from '../../../../src/engine/scoring/response-scores.ts'
import { loadTokenizer } from '../../../../src/engine/text/tokenizer.ts'
import { folderOfTests } from '../../../temp-folder.ts'
import { randomWeights, tinyLlama } from '../../scoring/random-llama.ts'
import { writeByteLevelBpe } from '../../text/tiny-tokenizers.ts'
import { drawnShots, odd, partial, subject } from './sample-tasks.ts'

const dir = folderOfTests('spin-benchmarks')

const config: ModelConfig = { ...tinyLlama, vocab: 272, maxPositions: 400 }
const model = new LayeredModel(config, randomWeights(config, 3), 1)
let encoder: RequestEncoder
beforeAll(async () => {
  writeByteLevelBpe(dir, { bosToken: '<s>', eosToken: '</s>' })
  encoder = requestEncoder(await loadTokenizer(dir), 'harness-0.4.0', config.maxPositions)
})
afterAll(() => model.release())

const asChoices = (questions: readonly TaskQuestion[]) => questions as ChoiceQuestion[]

async function scored(
  questions: readonly TaskQuestion[],
  {
    batchTokens = 4096,
    of = model,
    isDone,
  }: { batchTokens?: number; of?: LayeredModel; isDone?: (q: TaskQuestion) => boolean } = {},
) {
  const answers = new Map<number, AnsweredQuestion>()
  const batches: number[] = []
  const options = { encoder, batchTokens, ...(isDone ? { isDone } : {}) }
  for await (const part of scoreChoices(of, asChoices(questions), options)) {
    batches.push(part.length)
    for (const answered of part) answers.set(answered.question.index, answered)
  }
  return { answers, batches }
}

/** Every request in a forward pass of its own. */
async function oneByOne(questions: readonly TaskQuestion[], of = model) {
  const scores = new Map<number, { logLikelihoods: number[]; greedy: boolean[] }>()
  for (const { index, requests } of asChoices(questions)) {
    const own = { logLikelihoods: [] as number[], greedy: [] as boolean[] }
    for (const request of requests) {
      const { ids, scored: count } = encoder.choice(request)
      const batch = wholeSequences(1, ids.length - 1, Int32Array.from(ids.slice(0, -1)))
      const rowIndex = Int32Array.from({ length: count }, (_, i) => ids.length - 1 - count + i)
      const rows = { rowIndex, targetIds: Int32Array.from(ids.slice(-count)) }
      const { logp, greedy } = await responseScores(of, batch, rows, null)
      own.logLikelihoods.push(logp.reduce((sum, value) => sum + value, 0))
      own.greedy.push(greedy.every((value) => value === 1))
    }
    scores.set(index, own)
  }
  return scores
}

/** Float32 sums in another order: an ulp of a logit or two for each of up to 30 tokens. */
const tolerance = 2e-5

const shapes: [string, () => TaskQuestion[]][] = [
  ['shots drawn for every question', () => drawnShots(17)],
  ['a subject with its own shots', () => subject(23)],
  ['one continuation after two contexts', () => partial(9)],
  ['odd requests', odd],
]

describe.each(shapes)('%s', (_, make) => {
  test('scores are those of every request alone, whatever the batch', async () => {
    const questions = make()
    const expected = await oneByOne(questions)
    for (const batchTokens of [64, 300, 4096]) {
      const { answers } = await scored(questions, { batchTokens })
      expect(answers.size).toBe(questions.length)
      for (const [index, { logLikelihoods, greedy }] of expected) {
        const { answer } = answers.get(index)!
        expect(answer.greedy).toEqual(greedy)
        for (const [i, value] of logLikelihoods.entries())
          expect(Math.abs(answer.logLikelihoods[i]! - value)).toBeLessThan(tolerance)
      }
    }
  })
})

test('windows and soft caps are kept where shots are shared', async () => {
  const windowed: ModelConfig = {
    ...config,
    attentionSoftcap: 3,
    layerKinds: config.layerKinds.map((kind) => ({ ...kind, window: 50 })),
  }
  const own = new LayeredModel(windowed, randomWeights(windowed, 3), 1)
  const questions = subject(5)
  const expected = await oneByOne(questions, own)
  const { answers } = await scored(questions, { of: own })
  for (const [index, { logLikelihoods }] of expected)
    logLikelihoods.forEach((value, i) =>
      expect(Math.abs(answers.get(index)!.answer.logLikelihoods[i]! - value)).toBeLessThan(tolerance),
    )
  await own.release()
})

test('shots of a subject and choices of one token are computed once', () => {
  const questions = subject(23)
  const { prefix, batches } = planChoices(asChoices(questions), encoder, () => ({
    rows: 4096,
    scoredRows: 4096,
  }))
  const all = [...batches]
  const [first] = asChoices(questions)
  const context = encoder.choice(first!.requests[0]!).ids.length - 1
  expect(prefix.length).toBeGreaterThan(100)
  expect(prefix.length % 16).toBe(0)
  expect(all).toHaveLength(1)
  const branches = all[0]!.questions.find(({ question }) => question === first)!.branches
  expect(branches).toMatchObject({ prompt: [], rows: context - prefix.length, scoredRows: 4 })
  expect(branches.answers).toHaveLength(1)
})

test('a question whose prompt is cut from the left does without the shots of the others', async () => {
  const questions = subject(6)
  const long = subject(1).map((q) => ({
    ...q,
    index: 6,
    requests: asChoices([q])[0]!.requests.map(({ context, continuation }) => ({
      context: `${context}${'ra'.repeat(150)}`,
      continuation,
    })),
  }))
  const { answers } = await scored([...questions, ...long])
  expect(answers.get(6)).toMatchObject({ truncated: true, promptTokens: 400 })
  expect(answers.get(0)).toMatchObject({ truncated: false })
  const expected = await oneByOne(long)
  expected
    .get(6)!
    .logLikelihoods.forEach((value, i) =>
      expect(Math.abs(answers.get(6)!.answer.logLikelihoods[i]! - value)).toBeLessThan(tolerance),
    )
})

test('batches that are done are left out; the others give the same bytes', async () => {
  const questions = [...drawnShots(17)]
  const whole = await scored(questions, { batchTokens: 400 })
  expect(whole.batches.length).toBeGreaterThan(3)
  const done = new Set([...whole.answers.keys()].slice(0, whole.batches[0]! + 1))
  const rest = await scored(questions, { batchTokens: 400, isDone: ({ index }) => done.has(index) })
  expect(rest.batches).toEqual([whole.batches[1]! - 1, ...whole.batches.slice(2)])
  for (const [index, { answer }] of rest.answers) expect(answer).toEqual(whole.answers.get(index)!.answer)
})

test('a choice that cannot be scored is named', async () => {
  const [q] = odd()
  const empty = { ...q!, requests: [{ context: 'Q: hello', continuation: '' }] }
  await expect(scored([empty])).rejects.toMatchObject({
    code: 'BAD_INPUT',
    message: expect.stringMatching(
      /^Question 0 of odd: expected a choice that can be scored; "" has no token/,
    ),
  })
  const endless = { ...q!, requests: [{ context: 'Q', continuation: ' ba'.repeat(300) }] }
  await expect(scored([endless])).rejects.toThrow(/more than the model's context of 400/)
  await expect(scored([{ ...q!, requests: [] }])).rejects.toThrow(/it has none/)
})
