import { describe, expect, test } from 'vitest'
import type { GenerationDevice } from '../../../src/engine/generation/step-model.ts'
import type { CompileProgram } from '../../../src/engine/onnx/compiled-program.ts'
import { trainedAdapter } from '../adapter/tiny-adapter.ts'
import { answerAll, greedy, modelNames, partsOf, prompts, sampled, useModels } from './decoded-answers.ts'
import { wideConfig as wide } from './decoder-models.ts'

/**
 * Generation by a loop within the program, in f32, against the decode program of the processor. Seeds are fixed: with others a
 * random number may lie so close to the border of two tokens that rounding decides between them.
 */
export function describeLoopOn(compile: CompileProgram): void {
  const device = (more: object = {}): GenerationDevice => ({ kind: 'loop', compile, compute: 'f32', ...more })
  const models = useModels()

  const lengths = [3, 17, 8, 1, 30, 16, 5, 9, 40, 2, 6]
  const long = { ...sampled, maxNewTokens: 40 }

  describe.each(modelNames)('%s model: the tokens of the decoder', (name) => {
    test.each([
      ['greedy', { ...greedy, maxNewTokens: 40 }],
      ['sampled', long],
      ['sampled of few', { ...long, topK: 20, topP: 0.9 }],
    ])('%s', async (_, settings) => {
      const model = models.get(name)!
      const asked = prompts(lengths, model.config.vocab)
      const found = await answerAll(model, settings, asked, { device: device({ window: 8 }) })
      expect(found).toEqual(await answerAll(model, settings, asked))
    })
  })

  test('whatever the slots, the window and the calls that an answer is made in', async () => {
    const model = models.get('mixed')!
    const asked = prompts(lengths, model.config.vocab)
    const whole = await answerAll(model, { ...long, batchSize: 11 }, asked, {
      device: device({ window: 64 }),
    })
    const apart = await partsOf(model, { ...long, batchSize: 3 }, asked, {
      device: device({ window: 5 }),
      callMs: 0,
    })
    const answers = apart.flatMap(({ answered }) => answered).sort((a, b) => a.index - b.index)
    expect(answers.map(({ answer }) => answer)).toEqual(whole)
    // 64 steps in the first call, then one in each: all answers in the making were read again every time.
    expect(apart.length).toBeGreaterThan(30)
    const made = asked.map((_, i) =>
      apart.flatMap((part) => part.made.filter(({ index }) => index === i).flatMap(({ ids }) => ids)),
    )
    expect(made).toEqual(whole.map(({ ids }) => ids))
  })

  test('whatever other prompts there are, more than one call offers among them', async () => {
    const model = models.get('tied')!
    const asked = prompts(
      Array.from({ length: 45 }, (_, i) => 1 + (i % 9)),
      model.config.vocab,
    )
    const few = { ...sampled, maxNewTokens: 6, batchSize: 2 }
    const found = await answerAll(model, few, asked, { device: device() })
    expect(found).toEqual(await answerAll(model, { ...few, batchSize: 16 }, asked))
  })

  test('an answer ends where its prompt says, and what was made behind it is forgotten', async () => {
    const model = { ...models.get('wide')!, eosIds: [] }
    const isEnded = (ids: readonly number[]) => ids.length >= 16
    const asked = prompts([3, 17, 8], wide.vocab).map((prompt) => ({ ...prompt, isEnded }))
    const found = await answerAll(model, long, asked, { device: device() })
    expect(found).toEqual(await answerAll(model, long, asked))
    expect(found.map(({ ids }) => ids.length)).toEqual([16, 16, 16])
  })

  test('caps of single prompts hold', async () => {
    const model = { ...models.get('wide')!, eosIds: [] }
    const asked = prompts([3, 17, 8, 4], wide.vocab).map((prompt, i) => ({
      ...prompt,
      maxNewTokens: 1 + 3 * i,
    }))
    const found = await answerAll(model, long, asked, { device: device() })
    expect(found.map(({ ids, finish }) => [ids.length, finish])).toEqual(
      [1, 4, 7, 10].map((n) => [n, 'length']),
    )
  })

  test.each(['f32', 'int4'] as const)(
    'an adapter on a base held as %s, never merged',
    async (baseWeights) => {
      const adapter = trainedAdapter(wide, { rank: 4, alpha: 8, baseWeights }, 0.2)
      const model = { ...models.get('wide')!, adapter }
      const asked = prompts(lengths.slice(0, 8), wide.vocab)
      const found = await answerAll(model, sampled, asked, { device: device() })
      expect(found).toEqual(await answerAll(model, sampled, asked))
      expect(found).not.toEqual(await answerAll(models.get('wide')!, sampled, asked, { device: device() }))
    },
  )

  test('where memory runs out half as many are answered at once', async () => {
    const sizes: number[] = []
    const small: CompileProgram = async (graph, options) => {
      const program = await compile(graph, options)
      const run = program.run.bind(program)
      program.run = async (feeds) => {
        // Records have a row of rowWidth for every prompt, and a place for every slot behind them.
        const [records, width] = ['before', 'rowWidth'].map(
          (name) => (feeds[name] as { data: Int32Array }).data,
        )
        sizes.push(records!.length % width![0]!)
        if (sizes.at(-1)! > 2) throw new Error('CUDA failure 2: out of memory')
        return run(feeds)
      }
      return program
    }
    const model = models.get('wide')!
    const warnings: string[] = []
    const asked = prompts(lengths, wide.vocab)
    const found = await answerAll(model, { ...long, batchSize: 8 }, asked, {
      device: device({ compile: small }),
      onWarning: (message) => warnings.push(message),
    })
    expect(sizes.slice(0, 3)).toEqual([8, 4, 2])
    expect(warnings).toHaveLength(2)
    expect(found).toEqual(await answerAll(model, long, asked))
  })
}
