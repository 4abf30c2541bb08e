import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DecoderModel } from '../../../src/engine/generation/decoder.ts'
import { Program } from '../../../src/engine/onnx/program.ts'
import type { Dtype } from '../../../src/engine/tensor/dtype.ts'
import { greedy, openModels, prompts } from './decoded-answers.ts'
import { decodedLogits } from './decoded-logits.ts'
import { describeLoopOn } from './loop-generation.ts'
import { loopLogits } from './loop-logits.ts'

describeLoopOn(Program.compile)

const dir = mkdtempSync(join(tmpdir(), 'spin-loop-logits-'))
const models = new Map<string, DecoderModel>()
beforeAll(async () => {
  for (const [name, { model, layered }] of await openModels(dir)) {
    models.set(name, model)
    await layered.release()
  }
})
afterAll(() => rmSync(dir, { recursive: true }))

// Of the largest logit. f32: sums of a few hundred products in another order. Halves round every product of the layers: to
// 2^-11 (f16) and 2^-8 (bf16) of itself, some ten times one after the other.
const bounds: [string, Dtype, number][] = ['wide', 'mixed', 'fused'].flatMap(
  (name): [string, Dtype, number][] => [
    [name, 'f32', 1e-5],
    [name, 'f16', 1e-2],
    [name, 'bf16', 8e-2],
  ],
)

test.each(bounds)(
  'the logits of the %s model with products in %s are the decoder’s but for rounding',
  async (name, compute, bound) => {
    const model = models.get(name)!
    const settings = { ...greedy, maxNewTokens: 12 }
    const asked = prompts([9, 4, 14, 2, 40, 1, 7], model.config.vocab)
    const expected = await decodedLogits(model, settings, asked, 3)
    const found = await loopLogits(model, settings, asked, 3, { compile: Program.compile, compute })
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

const argMax = (row: Float32Array): number => row.indexOf(Math.max(...row))
