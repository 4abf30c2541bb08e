import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Answer,
  Decoder,
  type DecoderModel,
  type DecoderSettings,
  type Prompt,
} from '../../../src/engine/generation/decoder.ts'
import { LoopDecoder, type LoopDecoderOptions } from '../../../src/engine/generation/loop/loop-decoder.ts'
import { Program } from '../../../src/engine/onnx/program.ts'
import { openGoldenModel } from '../../golden/golden-model.ts'
import { randomTokens, randomWeights, writeWeights } from '../scoring/random-llama.ts'
import { fusedConfig, mixedConfig, severalEos, wideConfig } from './decoder-models.ts'

const dir = mkdtempSync(join(tmpdir(), 'spin-loop-'))
afterAll(() => rmSync(dir, { recursive: true }))

const models = new Map<string, DecoderModel>()
beforeAll(async () => {
  for (const [name, config] of Object.entries({ wide: wideConfig, mixed: mixedConfig, fused: fusedConfig })) {
    const weights = await writeWeights(join(dir, `${name}.safetensors`), config, randomWeights(config, 5))
    models.set(name, { config, eosIds: severalEos, weights })
  }
  for (const name of ['tied', 'biased'] as const) {
    const { model: _model, ...model } = openGoldenModel(name)
    models.set(name, model)
  }
})

const settings: DecoderSettings = { temperature: 0, topK: 0, topP: 1, maxNewTokens: 40, batchSize: 4 }
const sampled: DecoderSettings = { ...settings, temperature: 1 }

/** Prompts of several lengths. */
const promptsFor = ({ config }: DecoderModel, count: number): Prompt[] =>
  Array.from({ length: count }, (_, i) => ({
    ids: randomTokens(3 + ((7 * i) % 23), 100 + i, config.vocab),
    seed: 1000 + i,
  }))

async function all(
  decoder: Decoder | LoopDecoder,
  prompts: readonly Prompt[],
): Promise<{ answers: Answer[]; parts: number; made: number[][]; tokens: number }> {
  const answers: Answer[] = []
  const made: number[][] = prompts.map(() => [])
  let [parts, tokens] = [0, 0]
  try {
    for await (const part of decoder.answers(prompts)) {
      parts++
      tokens += part.tokens
      for (const { index, answer } of part.answered) answers[index] = answer
      for (const { index, ids } of part.made) made[index]!.push(...ids)
    }
  } finally {
    await decoder.release()
  }
  return { answers, parts, made, tokens }
}

const byLoop = (model: DecoderModel, of: DecoderSettings, options: Partial<LoopDecoderOptions> = {}) =>
  new LoopDecoder(model, of, 1, { compile: Program.compile, ...options })

describe.each(['wide', 'mixed', 'fused', 'tied', 'biased'])(
  'the loop answers as the decoder does: %s',
  (name) => {
    test.each([
      ['greedy', settings],
      ['sampled', sampled],
      ['sampled of few', { ...sampled, topK: 20, topP: 0.9 }],
    ] as const)('%s', async (_, of) => {
      const model = models.get(name)!
      const prompts = promptsFor(model, 11)
      const { answers: expected } = await all(new Decoder(model, of, 1), prompts)
      const found = await all(byLoop(model, of, { window: 8 }), prompts)
      expect(found.answers).toEqual(expected)
      expect(found.made).toEqual(expected.map(({ ids }) => ids))
    })
  },
)

describe('an answer depends on its prompt and seed alone', () => {
  test('whatever the slots, the window and the calls that it is made in', async () => {
    const model = models.get('mixed')!
    const prompts = promptsFor(model, 13)
    const whole = await all(byLoop(model, { ...sampled, batchSize: 13 }, { window: 64 }), prompts)
    const apart = await all(byLoop(model, { ...sampled, batchSize: 3 }, { window: 5, callMs: 0 }), prompts)
    expect(apart.answers).toEqual(whole.answers)
    // 64 steps in the first call, then one in each: all answers in the making were read again every time.
    expect(apart.parts).toBeGreaterThan(40)
    expect(apart.tokens).toBe(whole.tokens)
    const single = await all(byLoop(model, { ...sampled, batchSize: 1 }), [prompts[5]!])
    expect(single.answers[0]).toEqual(whole.answers[5])
  })

  test('whatever other prompts there are, more than one call offers among them', async () => {
    const model = models.get('tied')!
    const many = promptsFor(model, 45)
    const of = { ...sampled, maxNewTokens: 6, batchSize: 2 }
    const { answers } = await all(byLoop(model, of), many)
    const { answers: expected } = await all(new Decoder(model, { ...of, batchSize: 16 }, 1), many)
    expect(answers).toEqual(expected)
  })
})

test('an answer ends where its prompt says, and what was made behind it is forgotten', async () => {
  const model = { ...models.get('wide')!, eosIds: [] }
  const asked = promptsFor(model, 3).map((prompt) => ({
    ...prompt,
    isEnded: (ids: readonly number[]) => ids.length >= 16,
  }))
  const { answers, made } = await all(byLoop(model, settings), asked)
  const { answers: expected } = await all(new Decoder(model, settings, 1), asked)
  expect(answers).toEqual(expected)
  expect(answers.map(({ ids }) => ids.length)).toEqual([16, 16, 16])
  expect(made).toEqual(answers.map(({ ids }) => ids))
})

test('caps of single prompts hold, and a prompt without tokens is refused', async () => {
  const model = { ...models.get('wide')!, eosIds: [] }
  const asked = promptsFor(model, 4).map((prompt, i) => ({ ...prompt, maxNewTokens: 1 + 3 * i }))
  const { answers } = await all(byLoop(model, settings), asked)
  expect(answers.map(({ ids, finish }) => [ids.length, finish])).toEqual(
    [1, 4, 7, 10].map((n) => [n, 'length']),
  )
  await expect(all(byLoop(model, settings), [{ ids: [], seed: 1 }])).rejects.toMatchObject({
    code: 'BAD_INPUT',
  })
})

test('where memory runs out, half as many are answered at once, with the same answers', async () => {
  const model = models.get('wide')!
  const prompts = promptsFor(model, 9)
  const warnings: string[] = []
  const sizes: number[] = []
  const decoder = byLoop(
    model,
    { ...sampled, batchSize: 8 },
    {
      onWarning: (message) => warnings.push(message),
      compile: async (graph, options) => {
        const program = await Program.compile(graph, options)
        return {
          outputs: program.outputs,
          runOnDevice: (feeds) => program.runOnDevice(feeds),
          release: () => program.release(),
          run: async (feeds) => {
            const { data } = feeds['before'] as { data: Int32Array }
            const { data: width } = feeds['rowWidth'] as { data: Int32Array }
            sizes.push(data.length % width[0]!)
            if (data.length % width[0]! > 2) throw new Error('CUDA failure 2: out of memory')
            return program.run(feeds)
          },
        }
      },
    },
  )
  const { answers } = await all(decoder, prompts)
  expect(sizes.slice(0, 3)).toEqual([8, 4, 2])
  expect(warnings).toHaveLength(2)
  expect(answers).toEqual((await all(new Decoder(model, sampled, 1), prompts)).answers)
})
