import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  type Answer,
  Decoder,
  type DecoderSettings,
  type Prompt,
} from '../../../src/engine/generation/decoder.ts'
import type { Adapter } from '../../../src/engine/model/adapter/adapter.ts'
import { holdWeights } from '../../../src/engine/model/adapter/quantized-layers.ts'
import { llamaConfig } from '../../../src/engine/model/families/llama.ts'
import { LayeredModel } from '../../../src/engine/model/layered-model.ts'
import type { WeightSource } from '../../../src/engine/model/safetensors.ts'
import { folderOfTests } from '../../temp-folder.ts'
import { plainAnswer } from '../generation/plain-decoder.ts'
import { randomTokens, randomWeights, writeWeights } from '../scoring/random-llama.ts'
import { trainedAdapter } from './tiny-adapter.ts'

const config = llamaConfig({
  layers: 2,
  hidden: 64,
  heads: 4,
  kvHeads: 2,
  headDim: 16,
  ffn: 80,
  vocab: 301,
  maxPositions: 256,
})
const eosIds = Array.from({ length: 12 }, (_, i) => 2 + 25 * i)
const dir = folderOfTests('spin-adapted-decoder')
let weights: WeightSource
beforeAll(async () => {
  weights = await writeWeights(join(dir, 'base.safetensors'), config, randomWeights(config, 4))
})
const asked: Prompt[] = [3, 17, 8, 1, 30].map((length, i) => ({
  ids: randomTokens(length, 70 + i, config.vocab),
  seed: 1000 + i,
}))
const settings: DecoderSettings = { temperature: 1, topK: 0, topP: 1, maxNewTokens: 12, batchSize: 3 }

async function decoded(adapter: Adapter | null, temperature: number, batchSize = 3): Promise<Answer[]> {
  const decoder = new Decoder(
    { config, eosIds, weights, adapter },
    { ...settings, temperature, batchSize },
    1,
  )
  const answers: Answer[] = []
  for await (const { answered } of decoder.answers(asked))
    for (const { index, answer } of answered) answers[index] = answer
  await decoder.release()
  return answers
}

describe.each(['f32', 'int8', 'int4'] as const)('an adapter on a base held as %s', (baseWeights) => {
  const adapter = trainedAdapter(config, { rank: 4, alpha: 8, baseWeights }, 0.2)

  test.each([0, 1])(
    'temperature %i: tokens are those of a plain forward pass per token',
    async (temperature) => {
      const { parameters, quantized } = holdWeights({ config, weights: weights as never }, baseWeights)
      const model = new LayeredModel(config, parameters, 1, { adapter, quantized })
      const answers = await decoded(adapter, temperature)
      for (const [i, answer] of answers.entries()) {
        const { logits: _logits, ...expected } = await plainAnswer(
          model,
          asked[i]!,
          { ...settings, temperature },
          eosIds,
        )
        expect(answer).toEqual(expected)
      }
      expect(answers).not.toEqual(await decoded(null, temperature)) // the adapter matters
      await model.release()
    },
  )
})

test.each([1, 4])('rank %i: batches of 1, 2 and 5 give the same tokens', async (rank) => {
  const adapter = trainedAdapter(config, { rank, alpha: 8 }, 0.2)
  const [one, two, five] = [
    await decoded(adapter, 1, 1),
    await decoded(adapter, 1, 2),
    await decoded(adapter, 1, 5),
  ]
  expect(two).toEqual(one)
  expect(five).toEqual(one)
})
