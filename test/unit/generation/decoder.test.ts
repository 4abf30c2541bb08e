import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answerPrompts } from '../../../src/engine/generation/answer-prompts.ts'
import { decodeGraph } from '../../../src/engine/generation/decode-graph.ts'
import {
  type Answer,
  Decoder,
  type DecoderModel,
  type DecoderSettings,
  type Prompt,
} from '../../../src/engine/generation/decoder.ts'
import { LayeredModel } from '../../../src/engine/model/layered-model.ts'
import { llamaConfig } from '../../../src/engine/model/families/llama.ts'
import { Program } from '../../../src/engine/onnx/program.ts'
import { shuffled } from '../../../src/engine/tensor/random.ts'
import { openGoldenModel } from '../../golden/golden-model.ts'
import { randomTokens, randomWeights, tinyLlama, writeWeights } from '../scoring/random-llama.ts'
import { plainAnswer } from './plain-decoder.ts'

const dir = mkdtempSync(join(tmpdir(), 'spin-decoder-'))
afterAll(() => rmSync(dir, { recursive: true }))

const biases = { qkv: true, o: true, mlp: false }
const sizes = {
  layers: 2,
  hidden: 64,
  heads: 4,
  kvHeads: 2,
  headDim: 32,
  ffn: 96,
  vocab: 501,
}
const wide = llamaConfig({ ...sizes, maxPositions: 512, tiedEmbeddings: false }, { biases })
// Several end tokens, likely enough together that some answers stop and some do not.
const wideEos = Array.from({ length: 20 }, (_, i) => 2 + 25 * i)
let wideModel: DecoderModel
let wideLayered: LayeredModel
beforeAll(async () => {
  const parameters = randomWeights(wide, 5)
  wideModel = {
    config: wide,
    eosIds: wideEos,
    weights: await writeWeights(join(dir, 'wide.safetensors'), wide, parameters),
  }
  wideLayered = new LayeredModel(wide, parameters, 1)
})
afterAll(() => wideLayered.release())

const greedy: DecoderSettings = { temperature: 0, topK: 0, topP: 1, maxNewTokens: 14, batchSize: 4 }
const sampled: DecoderSettings = { ...greedy, temperature: 1 }
const prompts = (lengths: readonly number[], vocab: number): Prompt[] =>
  lengths.map((length, i) => ({ ids: randomTokens(length, 70 + i, vocab), seed: 1000 + i }))

/** All prompts answered in batches sorted by length; the answers in the order of the prompts. */
async function answerAll(
  model: DecoderModel,
  settings: DecoderSettings,
  asked: readonly Prompt[],
): Promise<Answer[]> {
  const decoder = new Decoder(model, settings, 1)
  const answers: Answer[] = []
  for await (const part of answerPrompts(decoder, asked, settings.batchSize))
    for (const { index, answer } of part) answers[index] = answer
  await decoder.release()
  return answers
}

const settingsUnderTest: [string, DecoderSettings][] = [
  ['greedy', greedy],
  ['temperature 1', sampled],
  ['temperature 0.6', { ...sampled, temperature: 0.6 }],
  ['top-k 5', { ...sampled, topK: 5 }],
  ['top-k 1, which is greedy', { ...sampled, topK: 1 }],
  ['top-p 0.7', { ...sampled, topP: 0.7 }],
  ['temperature 1.5, top-k 30, top-p 0.9', { ...sampled, temperature: 1.5, topK: 30, topP: 0.9 }],
  ['one token', { ...sampled, maxNewTokens: 1 }],
]

describe.each(['tied', 'biased', 'wide'] as const)(
  '%s model: the tokens of the decode loop are those of a plain forward pass per token',
  (name) => {
    const opened = name === 'wide' ? null : openGoldenModel(name)
    const model = () => opened ?? wideModel
    const layered = () => opened?.model ?? wideLayered
    afterAll(() => opened?.model.release())

    test.each(settingsUnderTest)('%s', async (_, settings) => {
      const { eosIds, config } = model()
      const asked = prompts([3, 17, 8, 1, 30, 16, 5], config.vocab)
      const answers = await answerAll(model(), settings, asked)
      for (const [i, answer] of answers.entries()) {
        const { logits: _logits, ...expected } = await plainAnswer(layered(), asked[i]!, settings, eosIds)
        expect(answer).toEqual(expected)
      }
    })
  },
)

test('the logits of every step differ from the plain ones by at most 5e-4', async () => {
  const settings = { ...sampled, maxNewTokens: 12, batchSize: 3 }
  const asked = prompts([9, 4, 14], wide.vocab)
  const [batch, promptLength] = [asked.length, 16]
  const { weights } = wideModel
  const graph = decodeGraph(
    wide,
    { ...settings, batch, promptLength, greedy: true, eosIds: wideEos, logits: true },
    (name) => {
      const { shape, begin, end } = weights.tensors.get(name)!
      return { dtype: 'f32', shape, file: basename(weights.path), offset: begin, bytes: end - begin }
    },
  )
  const promptIds = new Int32Array(batch * promptLength)
  asked.forEach(({ ids }, b) => promptIds.set(ids, b * promptLength))
  const lengths = Int32Array.from(asked, ({ ids }) => ids.length)
  const program = await Program.compile(graph, { threads: 1, weightsFolder: dirname(weights.path) })
  const { firstLogits, restLogits } = (await program.run({
    promptIds,
    lengths,
    lastRow: lengths.map((length, b) => b * promptLength + length - 1),
    longest: Int32Array.of(14),
    done: new Uint8Array(batch),
    temperature: Float32Array.of(1),
    uniforms: new Float32Array(batch * settings.maxNewTokens).fill(0.5),
  })) as Record<string, Float32Array>
  await program.release()
  let compared = 0
  for (const [b, prompt] of asked.entries()) {
    const { logits } = await plainAnswer(wideLayered, prompt, { ...settings, temperature: 0 }, wideEos)
    for (const [step, row] of logits.entries()) {
      const found = step === 0 ? firstLogits! : restLogits!.subarray((step - 1) * batch * wide.vocab)
      for (const [id, value] of row.entries())
        expect(Math.abs(found[b * wide.vocab + id]! - value)).toBeLessThan(5e-4)
      compared++
    }
  }
  expect(compared).toBeGreaterThan(batch)
})

describe('an answer depends on its own prompt and seed alone', () => {
  // From 1 to 300 tokens: many buckets, rows that are nearly all padding, and keys beyond one block of the kernels.
  const asked = (): Prompt[] =>
    prompts([1, 2, 7, 15, 16, 17, 40, 5, 33, 3, 128, 130, 9, 300, 64, 1, 12, 257, 6, 31], wide.vocab)

  test.each([
    ['greedy', greedy],
    ['sampled', sampled],
    ['top-k and top-p', { ...sampled, topK: 40, topP: 0.95 }],
  ])('%s: batches of 1, 2, 3, 8 and 16 give the same tokens', async (_, settings) => {
    const alone = await answerAll(wideModel, { ...settings, batchSize: 1 }, asked())
    for (const batchSize of [2, 3, 8, 16])
      expect(await answerAll(wideModel, { ...settings, batchSize }, asked())).toEqual(alone)
    expect(new Set(alone.map(({ finish }) => finish))).toEqual(new Set(['stop', 'length']))
  })

  test('whatever stands beside it, and in which row', async () => {
    const all = asked()
    const sorted = await answerAll(wideModel, { ...sampled, batchSize: 8 }, all)
    const decoder = new Decoder(wideModel, { ...sampled, batchSize: 8 }, 1)
    const order = shuffled(all.length, 9) // unsorted: long and short prompts in one batch
    for (let start = 0; start < order.length; start += 8) {
      const picked = [...order.subarray(start, start + 8)]
      expect(await decoder.answer(picked.map((i) => all[i]!))).toEqual(picked.map((i) => sorted[i]!))
    }
    await decoder.release()
  })

  test('another seed gives another answer, the same seed the same one', async () => {
    const ids = randomTokens(6, 3, wide.vocab)
    const answers = await answerAll(
      wideModel,
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
      wideModel,
      { ...sampled, maxNewTokens: 30 },
      prompts(
        Array.from({ length: 40 }, (_, i) => 1 + (i % 12)),
        wide.vocab,
      ),
    )
    const stopped = answers.filter(({ finish }) => finish === 'stop')
    expect(new Set(stopped.map(({ eosId }) => eosId)).size).toBeGreaterThan(3)
    for (const { eosId, ids } of stopped) {
      expect(wideEos).toContain(eosId)
      expect(ids.length).toBeLessThan(30)
    }
    for (const { ids } of answers) expect(ids.filter((id) => wideEos.includes(id))).toEqual([])
    for (const { finish, eosId, ids } of answers.filter((answer) => answer.finish === 'length')) {
      expect({ finish, eosId, tokens: ids.length }).toEqual({ finish: 'length', eosId: null, tokens: 30 })
    }
  })

  test('an EOS as the very first token gives an empty answer', async () => {
    const asked = prompts([4, 9], wide.vocab)
    const firstTokens = (
      await answerAll({ ...wideModel, eosIds: [0] }, { ...greedy, maxNewTokens: 1 }, asked)
    ).map(({ ids }) => ids[0]!)
    expect(await answerAll({ ...wideModel, eosIds: firstTokens }, greedy, asked)).toEqual(
      firstTokens.map((eosId) => ({ ids: [], finish: 'stop', eosId })),
    )
  })
})

describe('weights in 16 bits', () => {
  test.each(['F16', 'BF16'] as const)('%s generates what its float32 copy does', async (dtype) => {
    const { config, parameters, eosIds, model } = openGoldenModel('biased')
    const half = await writeWeights(join(dir, `${dtype}.safetensors`), config, parameters, dtype)
    const widened = new Map([...half.tensors.keys()].map((name) => [name, half.read(name)]))
    const full = await writeWeights(join(dir, `${dtype}-wide.safetensors`), config, widened)
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
  const decoder = new Decoder({ config: tinyLlama, eosIds: [2], weights }, greedy, 1)
  await expect(decoder.answer([{ ids: [3, 4], seed: 1 }])).rejects.toMatchObject({
    code: 'MODEL_UNSUPPORTED',
    data: { headDim: 6 },
  })
})
