import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { LayeredModel } from '../../../src/engine/model/layered-model.ts'
import type { CompileProgram } from '../../../src/engine/onnx/compiled-program.ts'
import { Program } from '../../../src/engine/onnx/program.ts'
import { accumulateGradients } from '../../../src/engine/training/layered-gradients.ts'
import { buildMicroBatch } from '../../../src/engine/training/micro-batch.ts'
import { folderOfTests } from '../../temp-folder.ts'
import { openGoldenModel } from '../../golden/golden-model.ts'
import { asReference, readGoldenTensors, relativeDistance } from '../../golden/read-golden.ts'
import { compileTensorFlow } from './tensorflow-under-test.ts'
import { opponentOf } from '../trainer/opponent-of.ts'
import { oneStep, trainModel } from '../trainer/training-run.ts'
import { sequenceLogits } from '../../golden/sequence-logits.ts'

const dir = folderOfTests('spin-step')

const variant = 'tied'
const { golden, config, eosIds } = openGoldenModel(variant)
const rows = golden.pairs.slice(0, 3)
const modelOn = (compile: CompileProgram): LayeredModel =>
  new LayeredModel(config, openGoldenModel(variant).parameters, 1, { compile })

test('the logits of the committed reference, which transformers computed in float64', async () => {
  const model = modelOn(compileTensorFlow)
  const reference = readGoldenTensors(variant, 'logits')
  for (const { name, tokenIds } of golden.logits) {
    const found = await sequenceLogits(model, tokenIds, compileTensorFlow)
    const { data } = reference.get(name)!
    expect(found).toHaveLength(data.length)
    // The reference's own float32 noise is 1e-5, written down in golden.json; the engine's limit is the same 1e-4.
    for (const [i, value] of data.entries()) expect(Math.abs(found[i]! - value)).toBeLessThan(1e-4)
  }
  await model.release()
})

describe('one SPIN step on TensorFlow is the step on ONNX Runtime', () => {
  const settings = oneStep(golden.beta)

  async function stepOn(name: string, compile: CompileProgram) {
    const model = modelOn(compile)
    const opponent = await opponentOf(model, rows, eosIds)
    const totals = { rows: rows.length, realTokens: rows.reduce((sum, row) => sum + row.realIds.length, 0) }
    const { batch, terms } = buildMicroBatch([...rows.keys()], rows, opponent, totals, settings, eosIds)
    const gradients = new Map(
      [...model.parameters].map(([weight, { length }]) => [weight, new Float32Array(length)]),
    )
    await accumulateGradients(model, batch, terms, gradients)
    const { metrics } = await trainModel({
      model,
      rows,
      opponent,
      eosIds,
      settings,
      checkpointDir: join(dir, name),
    })
    return { opponent, gradients, steps: metrics, weights: model.parameters }
  }

  test('opponent log-probs, loss ln 2, gradients, and the weights that AdamW made of them', async () => {
    const onnx = await stepOn('onnx', Program.compile)
    const tensorflow = await stepOn('tensorflow', compileTensorFlow)

    // Sums of up to 30 token log-probs of size 5 in float32.
    for (const side of ['real', 'generated'] as const)
      for (const [i, logp] of onnx.opponent[side].entries())
        expect(Math.abs(tensorflow.opponent[side][i]! - logp)).toBeLessThan(1e-4)
    expect(tensorflow.steps).toHaveLength(1)
    const [step] = tensorflow.steps
    expect(Math.abs(step!.spinLoss - Math.LN2)).toBeLessThan(1e-6)
    expect(Math.abs(step!.loss - onnx.steps[0]!.loss)).toBeLessThan(1e-6)
    expect(step!.gradNorm / onnx.steps[0]!.gradNorm).toBeCloseTo(1, 5)
    // A tensor's gradient sums hundreds of rows in another order: 1e-5 of its norm.
    for (const [name, gradient] of onnx.gradients) {
      const one = asReference(new Map([[name, gradient]]))
      expect(relativeDistance(tensorflow.gradients, one), name).toBeLessThan(1e-5)
    }
    expect(relativeDistance(tensorflow.weights, asReference(onnx.weights))).toBeLessThan(1e-6)
    // It was a step: the weights moved by far more than the two differ.
    const start = asReference(openGoldenModel(variant).parameters)
    const moved = relativeDistance(tensorflow.weights, start)
    expect(moved).toBeGreaterThan(1e-4)
    expect(relativeDistance(tensorflow.weights, asReference(onnx.weights)) / moved).toBeLessThan(1e-3)
  })
})
