import { expect, test } from 'vitest'
import type { CompileProgram } from '../../../src/engine/onnx/compiled-program.ts'
import type { Dtype } from '../../../src/engine/tensor/dtype.ts'
import { chosenLogits, inLoop } from './chosen-logits.ts'
import { greedy, prompts, useModels } from './decoded-answers.ts'
import { decodedLogits } from './decoded-logits.ts'

// Of the largest logit. f32: sums of a few hundred products in another order. Halves round every product of the layers: to
// 2^-11 (f16) and 2^-8 (bf16) of itself, some ten times one after the other.
const bounds: [string, Dtype, number][] = ['wide', 'mixed', 'fused'].flatMap(
  (name): [string, Dtype, number][] => [
    [name, 'f32', 1e-5],
    [name, 'f16', 1e-2],
    [name, 'bf16', 8e-2],
  ],
)

/** What the loop computes before a token is chosen, in every type, against the decode program of the processor. */
export function describeLoopLogitsOn(compile: CompileProgram): void {
  const models = useModels()

  test.each(bounds)(
    'the logits of the %s model with products in %s are the decoder’s but for rounding',
    async (name, compute, bound) => {
      const model = models.get(name)!
      const settings = { ...greedy, maxNewTokens: 12 }
      const asked = prompts([9, 4, 14, 2, 40, 1, 7], model.config.vocab)
      const expected = await decodedLogits(model, settings, asked, 3)
      const found = await chosenLogits(inLoop(compute), model, settings, asked, 3, compile)
      let [worst, largest, compared] = [0, 0, 0]
      for (const [i, steps] of expected.entries()) {
        for (const [step, row] of steps.entries()) {
          const other = found[i]![step]
          if (!other) break
          const difference = Math.max(...row.map((x, at) => Math.abs(x - other[at]!)))
          largest = Math.max(largest, ...row.map(Math.abs))
          worst = Math.max(worst, difference)
          compared++
          // From here on they read different tokens.
          if (argMax(row) !== argMax(other)) break
        }
      }
      expect(compared).toBeGreaterThan(30)
      expect(worst / largest).toBeLessThan(bound)
      // What is rounded differs: the type was used.
      if (compute !== 'f32') expect(worst / largest).toBeGreaterThan(bound / 200)
    },
  )
}

const argMax = (row: Float32Array): number => row.indexOf(Math.max(...row))
