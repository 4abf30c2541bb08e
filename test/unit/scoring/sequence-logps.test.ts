import { afterAll, describe, expect, test } from 'vitest'
import { LayeredModel } from '../../../src/engine/model/layered-model.ts'
import type { ModelConfig } from '../../../src/engine/model/model-config.ts'
import { collate, type TokenSequence } from '../../../src/engine/scoring/collate.ts'
import { tokenLogProbs } from '../../../src/engine/scoring/response-scores.ts'
import {
  type SequenceScore,
  scoreSequences,
  sequenceSums,
} from '../../../src/engine/scoring/sequence-logps.ts'
import { plainAnswer } from '../generation/plain-decoder.ts'
import { randomTokens, randomWeights, tinyLlama } from './random-llama.ts'

const eosIds = [2, 9]
const config = { ...tinyLlama, biases: { qkv: true, o: true, mlp: true } }
const model = new LayeredModel(config, randomWeights(config, 2), 1)
afterAll(() => model.release())

const score = async (
  sequences: readonly TokenSequence[],
  batchSize: number,
): Promise<{ scores: SequenceScore[]; progress: number[] }> => {
  const scoring = scoreSequences(model, sequences, { batchSize, eosIds })
  const progress: number[] = []
  let next = await scoring.next()
  for (; !next.done; next = await scoring.next()) progress.push(next.value)
  return { scores: next.value, progress }
}
const sequences: TokenSequence[] = [
  [3, 5],
  [40, 2],
  [1, 9],
  [7, 1],
  [20, 30],
  [2, 0],
].map(([prompt, response], i) => ({
  promptIds: randomTokens(prompt!, 600 + i, 37),
  responseIds: randomTokens(response!, 700 + i, 37).map((id, at) =>
    at === response! - 1 ? [2, 9, 17][i % 3]! : id === 9 ? 10 : id,
  ),
}))

describe('summed log-probs of answers', () => {
  test('are the sum over tokens of a plain forward pass each, the last EOS apart', async () => {
    const { scores } = await score(sequences, 4)
    for (const [i, { promptIds, responseIds }] of sequences.entries()) {
      let logp = 0
      let last = Number.NaN
      for (const [at, id] of responseIds.entries()) {
        const {
          logits: [row],
        } = await plainAnswer(
          model,
          { ids: [...promptIds, ...responseIds.slice(0, at)], seed: 0 },
          { temperature: 0, topK: 0, topP: 1, maxNewTokens: 1 },
          [],
        )
        const highest = Math.max(...row!)
        last = row![id]! - highest - Math.log(row!.reduce((sum, x) => sum + Math.exp(x - highest), 0))
        logp += last
      }
      expect(Math.abs(scores[i]!.logp - logp)).toBeLessThan(2e-6 * Math.max(1, responseIds.length * 10)) // float32, a few nats a token
      if (eosIds.includes(responseIds.at(-1)!)) expect(Math.abs(scores[i]!.eos - last)).toBeLessThan(2e-5)
      else expect(scores[i]!.eos).toBeNaN()
    }
    expect(scores[5]).toEqual({ logp: 0, eos: Number.NaN }) // an empty answer
  })

  test('come in the order of the input, whatever the batch size', async () => {
    const { scores } = await score(sequences, 1)
    for (const batchSize of [2, 3, 8]) {
      const { scores: others, progress } = await score(sequences, batchSize)
      expect(progress.at(-1)).toBe(sequences.length)
      expect(progress).toHaveLength(Math.ceil(sequences.length / batchSize))
      others.forEach(({ logp }, i) => expect(Math.abs(logp - scores[i]!.logp)).toBeLessThan(1e-5))
    }
  })

  test('of no sequences are none', async () => {
    expect(await score([], 4)).toEqual({ scores: [], progress: [] })
  })
})

describe('answers of one prompt', () => {
  const prompts = [23, 1, 40, 9].map((length, i) => randomTokens(length, 800 + i, 37))
  const answers = [
    [30, 4, 17],
    [5, 6],
    [1, 33],
    [12, 2, 3, 20],
  ].map((lengths, i) => lengths.map((length, j) => randomTokens(length, 900 + 10 * i + j, 37)))
  const shared = prompts.flatMap((promptIds, i) =>
    answers[i]!.map((responseIds) => ({ promptIds, responseIds })),
  )
  const separate = shared.map(({ promptIds, responseIds }) => ({ promptIds: [...promptIds], responseIds }))
  const [kind] = config.layerKinds
  const families: [string, ModelConfig][] = [
    ['full attention', config],
    ['windows shorter than the prompt and the answer', { ...config, layerKinds: [{ ...kind!, window: 7 }] }],
    [
      'partly rotated heads, soft caps, norms of q and k',
      {
        ...config,
        attentionSoftcap: 3,
        queryKeyNorm: true,
        layerKinds: [
          { window: 20, rope: { inverseFrequencies: Float64Array.of(0.9, 0.02), attentionFactor: 1.3 } },
        ],
      },
    ],
  ]

  // Summed over up to 33 tokens of a few nats each in float32.
  test.each(families)('score as they do with a prompt each: %s', async (_, family) => {
    const own = new LayeredModel(family, randomWeights(family, 4), 1)
    const logps = async (sequences: readonly TokenSequence[], blockCost: number) => {
      const batch = collate(sequences, { eosIds, blockCost })
      return sequenceSums(batch, await tokenLogProbs(own, batch, batch)).map(({ logp }) => logp)
    }
    const expected = await logps(separate, 0)
    for (const blockCost of [0, 1000, 1e9])
      (await logps(shared, blockCost)).forEach((logp, i) =>
        expect(Math.abs(logp - expected[i]!)).toBeLessThan(1e-5 * Math.max(1, Math.abs(expected[i]!) / 10)),
      )
    await own.release()
  })

  test('are scored in one batch as far as they fit, in the order of the input', async () => {
    const { scores: expected } = await score(separate, 1)
    for (const batchSize of [1, 2, 3, 5, 64]) {
      const { scores, progress } = await score(shared, batchSize)
      expect(progress.at(-1)).toBe(shared.length)
      scores.forEach(({ logp }, i) => expect(Math.abs(logp - expected[i]!.logp)).toBeLessThan(3e-5))
    }
  })
})
