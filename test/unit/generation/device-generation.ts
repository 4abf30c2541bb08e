import { afterAll, describe, expect, test } from 'vitest'
import { Decoder, type Prompt } from '../../../src/engine/generation/decoder.ts'
import type { GenerationDevice } from '../../../src/engine/generation/step-model.ts'
import type { CompileProgram } from '../../../src/engine/onnx/compiled-program.ts'
import { liveDeviceTensors } from '../../../src/engine/onnx/device-tensor.ts'
import { embeddingName } from '../../../src/engine/model/weight-names.ts'
import { trainedAdapter } from '../adapter/tiny-adapter.ts'
import { chosenLogits, onDevice } from './chosen-logits.ts'
import {
  answerAll,
  collect,
  greedy,
  inOrder,
  modelNames,
  partsOf,
  prompts,
  sampled,
  settingsUnderTest,
  useModels,
} from './decoded-answers.ts'
import { decodedLogits } from './decoded-logits.ts'
import { wideConfig as wide } from './decoder-models.ts'

/**
 * Generation in the memory of a device against the decode program of the processor. Seeds are fixed: with others a random
 * number may lie so close to the border of two tokens that rounding decides between them.
 */
export function describeGenerationOn(compile: CompileProgram): void {
  const device: GenerationDevice = { kind: 'resident', compile }
  const models = useModels()
  const before = liveDeviceTensors()
  afterAll(() => expect(liveDeviceTensors()).toEqual(before))

  describe.each(modelNames)('%s model: the tokens of the processor', (name) => {
    const lengths = [3, 17, 8, 1, 30, 16, 5] // three too many for the slots, and longer than the window
    const cases = ['mixed', 'fused'].includes(name) ? settingsUnderTest.slice(0, 2) : settingsUnderTest
    test.each(cases)('%s', async (_, settings) => {
      const model = models.get(name)!
      const asked = prompts(lengths, model.config.vocab)
      expect(await answerAll(model, settings, asked, { device })).toEqual(
        await answerAll(model, settings, asked),
      )
    })
  })

  describe('the logits that tokens are chosen from', () => {
    const settings = { ...greedy, maxNewTokens: 9 }
    // One prompt of several pieces, and one that fills its piece.
    const asked = (): Prompt[] => prompts([9, 4, 14, 2, 40, 1, 7, 300, 32], wide.vocab)

    // Sums of a few hundred products in another order, of numbers up to the largest logit.
    test.each(['wide', 'mixed'])(
      'of the %s model differ from those of the processor by 1e-5 of the largest',
      async (name) => {
        const model = models.get(name)!
        const expected = await decodedLogits(model, settings, asked(), 3)
        const found = await chosenLogits(onDevice, model, settings, asked(), 3, compile)
        const numbers = (rows: Float32Array[][]) => rows.flat().flatMap((row) => [...row])
        const scale = Math.max(...expected.flat().map((row) => Math.max(...row.map(Math.abs))))
        expect(scale).toBeGreaterThan(1)
        const [a, b] = [numbers(expected), numbers(found)]
        expect(b).toHaveLength(a.length)
        const worst = a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0)
        expect(worst / scale).toBeLessThan(1e-5)
      },
    )

    test.each(['wide', 'mixed'])(
      'of the %s model are the same bits with 2, 3, 7 and 9 slots, and alone',
      async (name) => {
        const model = models.get(name)!
        const two = await chosenLogits(onDevice, model, settings, asked(), 2, compile)
        for (const slots of [3, 7, 9])
          expect(await chosenLogits(onDevice, model, settings, asked(), slots, compile)).toEqual(two)
        for (const i of [0, 4, 5])
          expect(await chosenLogits(onDevice, model, settings, [asked()[i]!], 2, compile)).toEqual([two[i]!])
      },
    )
  })

  test.each([
    ['greedy', greedy],
    ['sampled', sampled],
    ['top-k and top-p', { ...sampled, topK: 40, topP: 0.95 }],
  ])('%s: batches of 1, 3 and 8 give the same tokens', async (_, settings) => {
    const model = models.get('wide')!
    const asked = prompts([1, 2, 7, 15, 17, 40, 5, 33, 3, 128, 9, 64, 12, 31], wide.vocab)
    const alone = await answerAll(model, { ...settings, batchSize: 1 }, asked, { device })
    for (const batchSize of [3, 8])
      expect(await answerAll(model, { ...settings, batchSize }, asked, { device })).toEqual(alone)
    expect(new Set(alone.map(({ finish }) => finish))).toEqual(new Set(['stop', 'length']))
  })

  test('one step per call gives the same tokens, and a decoder may be asked again', async () => {
    const model = models.get('wide')!
    const asked = prompts([1, 20, 7, 33, 3, 9], wide.vocab)
    const whole = await answerAll(model, { ...sampled, batchSize: 3 }, asked, { device, callMs: 1e9 })
    const pieces = await partsOf(model, { ...sampled, batchSize: 3 }, asked, { device, callMs: 0 })
    expect(inOrder(pieces)).toEqual(whole)
    expect(pieces.length).toBeGreaterThan(20)
    const decoder = new Decoder(model, { ...sampled, batchSize: 3 }, 1, { device })
    for (const [from, to] of [
      [0, 2],
      [2, 6],
    ] as const)
      expect(inOrder(await collect(decoder.answers(asked.slice(from, to))))).toEqual(whole.slice(from, to))
    await decoder.release()
  })

  test.each(['f32', 'int8', 'int4'] as const)(
    'an adapter on a base held as %s, never merged',
    async (baseWeights) => {
      const adapter = trainedAdapter(wide, { rank: 4, alpha: 8, baseWeights }, 0.2)
      const model = { ...models.get('wide')!, adapter }
      const asked = prompts([3, 17, 8, 1, 30], wide.vocab)
      const found = await answerAll(model, sampled, asked, { device })
      expect(found).toEqual(await answerAll(model, sampled, asked))
      expect(found).not.toEqual(await answerAll(models.get('wide')!, sampled, asked, { device })) // the adapter matters
    },
  )

  test('what is no number in one answer is nothing to the next one in its slot', async () => {
    const poison = 7
    const { weights } = models.get('wide')!
    const read = (name: string) => {
      const data = weights.read(name)
      return name === embeddingName
        ? data.fill(Number.NaN, poison * wide.hidden, (poison + 1) * wide.hidden)
        : data
    }
    const model = { config: wide, eosIds: [0], weights: { ...weights, read } }
    const sound = prompts([5, 9, 12, 20, 26], wide.vocab).map((prompt) => ({
      ...prompt,
      ids: prompt.ids.map((id) => (id === poison ? 8 : id)),
    }))
    const poisoned = prompts([3, 4, 19, 18], wide.vocab).map((prompt) => ({
      ...prompt,
      ids: prompt.ids.with(1, poison),
    }))
    const alone = await answerAll(model, { ...greedy, batchSize: 2 }, sound, { device })
    const beside = await answerAll(model, { ...greedy, batchSize: 2 }, [...poisoned, ...sound], { device })
    expect(alone.flatMap(({ ids }) => ids)).not.toContain(poison)
    expect(beside.slice(poisoned.length)).toEqual(alone)
  })

  test('whoever stops listening leaves nothing on the device', async () => {
    const live = liveDeviceTensors()
    const decoder = new Decoder(models.get('wide')!, sampled, 1, { device, callMs: 0 })
    for await (const { made } of decoder.answers(prompts([5, 9, 12], wide.vocab))) if (made.length > 0) break
    await decoder.release()
    expect(liveDeviceTensors()).toEqual(live)
  })

  test('where its memory runs out half as many are answered at once', async () => {
    const live = liveDeviceTensors()
    const warnings: string[] = []
    const model = models.get('wide')!
    // A device that has room for the caches of three slots at their first size.
    const room = 3 * wide.kvHeads * wide.headDim * 32
    const small: CompileProgram = async (graph, options) => {
      const program = await compile(graph, options)
      const run = program.runOnDevice.bind(program)
      program.runOnDevice = (feeds) => {
        const fed = feeds['x']
        if (fed !== undefined && 'data' in fed && fed.shape.length === 1 && fed.data.length > room)
          throw new Error('failed to allocate memory on the device')
        return run(feeds)
      }
      return program
    }
    const asked = prompts([5, 9, 12, 3, 4, 6], wide.vocab)
    const found = await answerAll(model, { ...sampled, batchSize: 6 }, asked, {
      device: { kind: 'resident', compile: small },
      onWarning: (message) => warnings.push(message),
    })
    expect(found).toEqual(await answerAll(model, { ...sampled, batchSize: 6 }, asked, { device }))
    expect(warnings).toHaveLength(1)
    expect(liveDeviceTensors()).toEqual(live)
  })
}
