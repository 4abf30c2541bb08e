import { expect, test } from 'vitest'
import { LayeredModel } from '../../../src/engine/model/layered-model.ts'
import type { ModelConfig } from '../../../src/engine/model/model-config.ts'
import { type Branches, layOutBranches } from '../../../src/engine/scoring/branch-layout.ts'
import { responseScores } from '../../../src/engine/scoring/response-scores.ts'
import { randomTokens, randomWeights, tinyLlama } from './random-llama.ts'

const windowed = (window: number): ModelConfig => ({
  ...tinyLlama,
  layerKinds: tinyLlama.layerKinds.map((kind) => ({ ...kind, window })),
})
const tokens = (count: number, seed: number) => randomTokens(count, seed, tinyLlama.vocab)

/** Log-probs of the last tokens of all answers, in the order of branches and answers. */
async function scoresOf(
  model: LayeredModel,
  branches: readonly Branches[],
  prefixIds: readonly number[] | null,
) {
  const prefix = prefixIds && (await model.readPrefix(prefixIds))
  const { batch, firstRows } = layOutBranches(branches, { prefixTokens: prefixIds?.length ?? 0 })
  const rowIndex = Int32Array.from(
    branches.flatMap(({ answers }, b) => answers.map((answer, i) => firstRows[b]![i]! + answer.length - 1)),
  )
  const targetIds = rowIndex.map((_, i) => 3 + i)
  return responseScores(model, batch, { rowIndex, targetIds }, prefix)
}

test.each([
  ['all tokens', tinyLlama],
  ['a window that ends within the prefix', windowed(40)],
  ['a window shorter than the prompts', windowed(5)],
])('what continues a prefix is scored as if it had been read whole: %s', async (_, config) => {
  const model = new LayeredModel(config, randomWeights(config), 1)
  const prefix = tokens(48, 1)
  const branches: Branches[] = [
    { prompt: tokens(21, 2), answers: [tokens(3, 3), tokens(17, 4), tokens(1, 5)] },
    { prompt: tokens(2, 6), answers: [tokens(9, 7)] },
    { prompt: [], answers: [tokens(31, 8)] },
    { prompt: [], answers: [tokens(140, 9)] },
  ]
  const whole = branches.flatMap(({ prompt, answers }) =>
    answers.map((answer) => ({ prompt: [], answers: [[...prefix, ...prompt, ...answer]] })),
  )
  const [shared, alone] = [await scoresOf(model, branches, prefix), await scoresOf(model, whole, null)]
  expect(shared.logp).toHaveLength(6)
  for (const [i, logp] of alone.logp.entries()) expect(Math.abs(shared.logp[i]! - logp)).toBeLessThan(1e-5)
  expect([...shared.greedy]).toEqual([...alone.greedy])
  await model.release()
})

test('a target is greedy where no token is more probable', async () => {
  const model = new LayeredModel(tinyLlama, randomWeights(tinyLlama), 1)
  const { batch } = layOutBranches([{ prompt: [], answers: [tokens(6, 1)] }])
  const every = Int32Array.from({ length: tinyLlama.vocab }, (_, id) => id)
  const scores = await responseScores(model, batch, { rowIndex: every.map(() => 5), targetIds: every }, null)
  const best = scores.logp.indexOf(Math.max(...scores.logp))
  expect([...scores.greedy]).toEqual([...every].map((id) => (id === best ? 1 : 0)))
  await model.release()
})
