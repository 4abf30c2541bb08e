import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Decoder, type Prompt } from '../../../src/engine/generation/decoder.ts'
import { shuffled } from '../../../src/engine/tensor/random.ts'
import { folderOfTests } from '../../temp-folder.ts'
import { openGoldenModel } from '../../golden/golden-model.ts'
import { randomTokens, randomWeights, tinyLlama, writeWeights } from '../scoring/random-llama.ts'
import {
  answerAll,
  collect,
  greedy,
  inOrder,
  type OpenedModel,
  openModels,
  partsOf,
  prompts,
  sampled,
  settingsUnderTest,
} from './decoded-answers.ts'
import { decodedLogits } from './decoded-logits.ts'
import { severalEos, wideConfig } from './decoder-models.ts'
import { plainAnswer } from './plain-decoder.ts'

const dir = folderOfTests('spin-decoder')

const opened = new Map<string, OpenedModel>()
beforeAll(async () => {
  for (const [name, model] of await openModels(dir)) opened.set(name, model)
})
afterAll(async () => {
  for (const { layered } of opened.values()) await layered.release()
})
const wideModel = () => opened.get('wide')!.model

describe.each(['tied', 'biased', 'wide', 'mixed', 'fused'])(
  '%s model: the tokens of the decode loop are those of a plain forward pass per token',
  (name) => {
    // Three prompts too many for the slots, and longer than the window.
    const lengths = [3, 17, 8, 1, 30, 16, 5]
    const cases = ['mixed', 'fused'].includes(name) ? settingsUnderTest.slice(0, 2) : settingsUnderTest
    test.each(cases)('%s', async (_, settings) => {
      const { model, layered } = opened.get(name)!
      const asked = prompts(lengths, model.config.vocab)
      const answers = await answerAll(model, settings, asked)
      expect(answers).toHaveLength(asked.length)
      for (const [i, answer] of answers.entries()) {
        const { logits: _logits, ...expected } = await plainAnswer(layered, asked[i]!, settings, model.eosIds)
        expect(answer).toEqual(expected)
      }
    })
  },
)

describe('the logits that tokens are chosen from', () => {
  const settings = { ...greedy, maxNewTokens: 12 }
  const asked = prompts([9, 4, 14, 2, 40, 1, 7], wideConfig.vocab)

  // Sums of a few hundred products in another order.
  test.each(['wide', 'mixed'])('of the %s model differ from the plain ones by at most 5e-4', async (name) => {
    const { model, layered } = opened.get(name)!
    const found = await decodedLogits(model, settings, asked, 3)
    for (const [i, prompt] of asked.entries()) {
      const { logits } = await plainAnswer(layered, prompt, settings, model.eosIds)
      expect(found[i]).toHaveLength(logits.length)
      for (const [step, row] of logits.entries()) {
        for (const [id, value] of row.entries())
          expect(Math.abs(found[i]![step]![id]! - value)).toBeLessThan(5e-4)
      }
    }
  })

  test.each(['wide', 'mixed'])('of the %s model are the same bits with 2, 3, 5 and 7 slots', async (name) => {
    const { model } = opened.get(name)!
    const two = await decodedLogits(model, settings, asked, 2)
    for (const slots of [3, 5, 7]) expect(await decodedLogits(model, settings, asked, slots)).toEqual(two)
  })
})

describe('an answer depends on its own prompt and seed alone', () => {
  // From 1 to 300 tokens: many buckets, rows that are nearly all padding, and keys beyond one block of the kernels.
  const asked = (): Prompt[] =>
    prompts([1, 2, 7, 15, 16, 17, 40, 5, 33, 3, 128, 130, 9, 300, 64, 1, 12, 257, 6, 31], wideConfig.vocab)

  test.each([
    ['greedy', greedy],
    ['sampled', sampled],
    ['top-k and top-p', { ...sampled, topK: 40, topP: 0.95 }],
  ])('%s: batches of 1, 2, 3, 8 and 16 give the same tokens', async (_, settings) => {
    const alone = await answerAll(wideModel(), { ...settings, batchSize: 1 }, asked())
    for (const batchSize of [2, 3, 8, 16])
      expect(await answerAll(wideModel(), { ...settings, batchSize }, asked())).toEqual(alone)
    expect(new Set(alone.map(({ finish }) => finish))).toEqual(new Set(['stop', 'length']))
  })

  test('whatever stands beside it, and in which order', async () => {
    const all = asked()
    const whole = await answerAll(wideModel(), { ...sampled, batchSize: 8 }, all)
    const order = [...shuffled(all.length, 9)]
    const mixedUp = await answerAll(
      wideModel(),
      { ...sampled, batchSize: 8 },
      order.map((i) => all[i]!),
    )
    expect(mixedUp).toEqual(order.map((i) => whole[i]!))
    for (const i of [0, 7, 13])
      expect(await answerAll(wideModel(), { ...sampled, batchSize: 8 }, [all[i]!])).toEqual([whole[i]!])
  })

  test('however often the work was interrupted: one step per call gives the same tokens', async () => {
    const settings = { ...sampled, batchSize: 5 }
    const whole = await partsOf(wideModel(), settings, asked(), { callMs: 1e9 })
    const pieces = await partsOf(wideModel(), settings, asked(), { callMs: 0 })
    expect(inOrder(pieces)).toEqual(inOrder(whole))
    expect(whole.length).toBeLessThan(6)
    expect(pieces.length).toBeGreaterThan(40)
  })

  test('and a decoder may be asked again, with prompts of any length', async () => {
    const decoder = new Decoder(wideModel(), { ...sampled, batchSize: 4 }, 1)
    const all = asked()
    const whole = await answerAll(wideModel(), { ...sampled, batchSize: 4 }, all)
    for (const [from, to] of [
      [0, 5],
      [5, 6],
      [6, 20],
    ] as const) {
      const answers = inOrder(await collect(decoder.answers(all.slice(from, to))))
      expect(answers).toEqual(whole.slice(from, to))
    }
    await decoder.release()
  })

  test('another seed gives another answer, the same seed the same one', async () => {
    const ids = randomTokens(6, 3, wideConfig.vocab)
    const answers = await answerAll(
      wideModel(),
      { ...sampled, temperature: 2 },
      [1, 2, 1, 3].map((seed) => ({ ids, seed })),
    )
    expect(answers[2]).toEqual(answers[0])
    expect(answers[1]).not.toEqual(answers[0])
    expect(answers[3]).not.toEqual(answers[1])
  })
})

describe('the end of an answer', () => {
  test('any of several EOS ids ends it, is named, and is no part of it', async () => {
    const answers = await answerAll(
      wideModel(),
      { ...sampled, maxNewTokens: 30 },
      prompts(
        Array.from({ length: 40 }, (_, i) => 1 + (i % 12)),
        wideConfig.vocab,
      ),
    )
    const stopped = answers.filter(({ finish }) => finish === 'stop')
    expect(new Set(stopped.map(({ eosId }) => eosId)).size).toBeGreaterThan(3)
    for (const { eosId, ids } of stopped) {
      expect(severalEos).toContain(eosId)
      expect(ids.length).toBeLessThan(30)
    }
    for (const { ids } of answers) expect(ids.filter((id) => severalEos.includes(id))).toEqual([])
    for (const { finish, eosId, ids } of answers.filter((answer) => answer.finish === 'length')) {
      expect({ finish, eosId, tokens: ids.length }).toEqual({ finish: 'length', eosId: null, tokens: 30 })
    }
  })

  test('a prompt with a cap of its own gives the start of what it would have given', async () => {
    const settings = { ...sampled, batchSize: 5 }
    const asked = prompts(
      Array.from({ length: 23 }, (_, i) => 1 + ((5 * i) % 13)),
      wideConfig.vocab,
    )
    const whole = await answerAll(wideModel(), settings, asked)
    // Of more and of fewer tokens than the settings' 14, short prompts with long caps among them.
    const caps = asked.map((_, i) => [1, 40, 3, 9][i % 4]!)
    const own = await answerAll(
      wideModel(),
      settings,
      asked.map((prompt, i) => ({ ...prompt, maxNewTokens: caps[i]! })),
    )
    for (const [i, { ids, finish }] of own.entries()) {
      expect(ids).toEqual(whole[i]!.ids.slice(0, caps[i]))
      const isCut = whole[i]!.ids.length >= Math.min(caps[i]!, settings.maxNewTokens)
      expect(finish).toBe(isCut ? 'length' : 'stop')
    }
    expect(own.some(({ finish }) => finish === 'stop')).toBe(true)
  })

  test('a prompt that says when its answer has ended gives a start of it; the others are as without it', async () => {
    const settings = { ...greedy, maxNewTokens: 40, batchSize: 3 }
    const asked = prompts([5, 2, 9, 12, 7, 3, 8], wideConfig.vocab)
    const model = { ...wideModel(), eosIds: [0] }
    const whole = await answerAll(model, settings, asked)
    const isEnded = (ids: readonly number[]) => ids.length >= 10
    const own = await answerAll(
      model,
      settings,
      asked.map((prompt, i) => (i % 2 === 0 ? { ...prompt, isEnded } : prompt)),
    )
    for (const [i, answer] of own.entries()) {
      if (i % 2 === 1) expect(answer).toEqual(whole[i])
      else {
        expect(answer).toMatchObject({ finish: 'stop', eosId: null })
        expect(answer.ids.length).toBeGreaterThanOrEqual(10)
        expect(answer.ids.length).toBeLessThan(20)
        expect(answer.ids).toEqual(whole[i]!.ids.slice(0, answer.ids.length))
      }
    }
  })

  test('an EOS as the very first token gives an empty answer', async () => {
    const asked = prompts([4, 9], wideConfig.vocab)
    const firstTokens = (
      await answerAll({ ...wideModel(), eosIds: [0] }, { ...greedy, maxNewTokens: 1 }, asked)
    ).map(({ ids }) => ids[0]!)
    expect(await answerAll({ ...wideModel(), eosIds: firstTokens }, greedy, asked)).toEqual(
      firstTokens.map((eosId) => ({ ids: [], finish: 'stop', eosId })),
    )
  })
})

describe('a queue of prompts', () => {
  test('an answer that ended leaves its slot to the next prompt', async () => {
    // Lengths 1 … 24: first tokens of every second prompt become end tokens, so long and short answers alternate.
    const all = prompts(
      Array.from({ length: 24 }, (_, i) => i + 1),
      wideConfig.vocab,
    )
    const free = await answerAll({ ...wideModel(), eosIds: [0] }, { ...greedy, maxNewTokens: 30 }, all)
    const eosIds = free.filter((_, i) => i % 2 === 0).map(({ ids }) => ids[0]!)
    const settings = { ...greedy, maxNewTokens: 30, batchSize: 2 }
    const parts = await partsOf({ ...wideModel(), eosIds }, settings, all, { callMs: 0 })
    const tokens = parts.reduce((sum, part) => sum + part.tokens, 0)
    const lengths = inOrder(parts).map(({ ids, eosId }) => ids.length + (eosId === null ? 0 : 1))
    expect(tokens).toBe(lengths.reduce((a, b) => a + b, 0))
    const paired = lengths.filter((_, i) => i % 2 === 0).map((n, i) => Math.max(n, lengths[2 * i + 1]!))
    const staticSteps = paired.reduce((a, b) => a + b, 0)
    // A part is a step here: 24 prompts are read one by one, and the last answer may run alone.
    expect(parts.length - all.length).toBeLessThanOrEqual(tokens / 2 + 30)
    expect(parts.length - all.length).toBeLessThan(0.75 * staticSteps)
  })

  test('without prompts nothing is done; a prompt without tokens is refused', async () => {
    expect(await partsOf(wideModel(), greedy, [])).toEqual([])
    await expect(
      partsOf(wideModel(), greedy, [...prompts([2], 99), { ids: [], seed: 1 }]),
    ).rejects.toMatchObject({
      code: 'BAD_INPUT',
      data: { index: 1 },
    })
  })
})

describe('weights in 16 bits', () => {
  test.each(['F16', 'BF16'] as const)('%s generates what its float32 copy does', async (dtype) => {
    const { config, parameters, eosIds, model } = openGoldenModel('biased')
    const half = await writeWeights(join(dir, `${dtype}.safetensors`), config, parameters, dtype)
    const widened = new Map([...half.tensors.keys()].map((name) => [name, half.read(name)]))
    const full = await writeWeights(join(dir, `${dtype}-wideConfig.safetensors`), config, widened)
    const asked = prompts([3, 20, 8, 1, 12], config.vocab)
    for (const settings of [greedy, sampled]) {
      const answers = await answerAll({ config, eosIds, weights: half }, settings, asked)
      expect(answers).toEqual(await answerAll({ config, eosIds, weights: full }, settings, asked))
    }
    await model.release()
  })
})

test('a head size that the attention kernel does not take is refused by name', async () => {
  const weights = await writeWeights(join(dir, 'odd.safetensors'), tinyLlama, randomWeights(tinyLlama))
  const asked = partsOf({ config: tinyLlama, eosIds: [2], weights }, greedy, [{ ids: [3, 4], seed: 1 }])
  await expect(asked).rejects.toMatchObject({ code: 'MODEL_UNSUPPORTED', data: { headDim: 6 } })
})
