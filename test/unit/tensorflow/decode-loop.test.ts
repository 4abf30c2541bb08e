import { expect, test } from 'vitest'
import { Program } from '../../../src/engine/onnx/program.ts'
import { openGoldenModel } from '../../golden/golden-model.ts'
import { decodedLogits } from '../generation/decoded-logits.ts'
import { compileTensorFlow, tensorFlow } from './tensorflow-under-test.ts'

/**
 * The product generates on ONNX Runtime. Here its whole decode loop (prompts read into free slots, cached attention, sampling)
 * runs on TensorFlow: every op of generation and control flow, by kernels that share nothing with the product's.
 */
test.each([
  ['greedy', { temperature: 0, topK: 0, topP: 1 }],
  ['sampled', { temperature: 0.8, topK: 12, topP: 0.9 }],
])('%s: the same tokens from the same logits', async (_, sampling) => {
  const { golden, config, eosIds, weights } = openGoldenModel('tied')
  const prompts = golden.greedy.slice(0, 4).map(({ promptIds }, i) => ({ ids: promptIds, seed: 5 + i }))
  const onBoth = [Program.compile, compileTensorFlow].map((compile) =>
    decodedLogits({ config, eosIds, weights }, { ...sampling, maxNewTokens: 5 }, prompts, 3, compile),
  )
  const [expected, found] = await Promise.all(onBoth)
  // A step's logits follow from every token before it: other tokens would be other logits at once.
  expect(found!.map((steps) => steps.length)).toEqual(expected!.map((steps) => steps.length))
  for (const [prompt, steps] of expected!.entries())
    for (const [step, logits] of steps.entries())
      for (const [id, logit] of logits.entries())
        // Of size 5, through two layers in float32.
        expect(Math.abs(found![prompt]![step]![id]! - logit)).toBeLessThan(1e-4)
  expect(tensorFlow.memory().numTensors).toBe(0)
})
