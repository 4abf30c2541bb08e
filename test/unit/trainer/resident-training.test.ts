import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { LayeredModel } from '../../../src/engine/model/layered-model.ts'
import type { CompileProgram } from '../../../src/engine/onnx/compiled-program.ts'
import { liveDeviceTensors } from '../../../src/engine/onnx/device-tensor.ts'
import { Program } from '../../../src/engine/onnx/program.ts'
import { tinyLlama } from '../scoring/random-llama.ts'
import {
  deviceGradients,
  deviceState,
  expectClose,
  hostGradients,
  hostState,
  micros,
  modelOf,
  onProcessor,
  stepsOf,
  trainedForms,
} from './resident-runs.ts'
import { mixedRows, scoreOpponent, settings, startWeights, trainModel } from './training-run.ts'

const optimizers = [
  ['AdamW with weight decay', { kind: 'adamw', weightDecay: 0.1 }],
  ['RMSprop with weight decay', { kind: 'rmsprop', weightDecay: 0.1 }],
  ['AdamW with moments of 8 bits', { kind: 'adamw', stateBits: 8 }],
] as const

describe.each(trainedForms)('with everything resident, $name', (form) => {
  test('gradients are those of arrays', async () => {
    const before = liveDeviceTensors()
    const expected = await hostGradients(form)
    const found = await deviceGradients(form, Program.compile)
    expect(found.losses).toEqual(expected.losses)
    // The same kernels; only the rows of one token are summed in another order.
    expectClose(found.gradients, expected.gradients, 1e-6)
    expect(liveDeviceTensors()).toEqual(before)
  })
})

test.each(optimizers)(
  'four steps of %s: norms, weights and moments of the update on arrays',
  async (_, optimizer) => {
    const before = liveDeviceTensors()
    const form = trainedForms[1]!
    const expected = await stepsOf(form, hostState, optimizer, 4)
    const found = await stepsOf(form, deviceState, optimizer, 4, onProcessor)
    // float32 instead of float64 within sums and updates; both optimizers divide a gradient by its own size, so where it is
    // nearly 0 rounding decides.
    for (const [i, norm] of expected.norms.entries()) expect(found.norms[i]! / norm).toBeCloseTo(1, 4)
    expectClose(found.weights, expected.weights, 1e-4)
    expectClose(found.moments, expected.moments, 1e-4)
    expect(liveDeviceTensors()).toEqual(before)
  },
)

test('from step to step the device holds as many tensors', async () => {
  const held: object[] = []
  await stepsOf(trainedForms[0]!, deviceState, { kind: 'adamw' }, 6, {
    ...onProcessor,
    onStep: () => held.push(liveDeviceTensors()),
  })
  expect(held).toEqual(new Array(6).fill(held[0]))
})

test('a gradient that is no number is refused by the name of its tensor', async () => {
  const model = modelOf(trainedForms[0]!, onProcessor)
  model.weight('model.layers.1.mlp.down_proj.weight')[3] = Number.NaN
  const state = deviceState(model, { kind: 'adamw' })
  await state.accumulate(micros[0]!.batch, micros[0]!.terms, { isFirst: true })
  await expect(state.gradientNorm()).rejects.toThrow('found NaN or infinity in')
  await state.release()
  await model.release()
})

test('memory that runs out in the middle of a step costs a try: half as many rows, the same run, no tensor left', async () => {
  const before = liveDeviceTensors()
  const dir = mkdtempSync(join(tmpdir(), 'resident-memory-'))
  /** Fails in one backward pass of the second step. */
  let backwards = 0
  const compile: CompileProgram = async (graph, options) => {
    const program = await Program.compile(graph, options)
    const isBackward = graph.results.has('d x') && !graph.results.has('loss')
    return {
      outputs: program.outputs,
      run: (feeds) => program.run(feeds),
      release: () => program.release(),
      runOnDevice: (feeds) => {
        if (isBackward && ++backwards === 4) throw new Error('failed to allocate a buffer')
        return program.runOnDevice(feeds)
      },
    }
  }
  const rows = mixedRows.slice(0, 4)
  const opponent = await scoreOpponent(rows)
  const trained = async (name: string, options: object) => {
    const model = new LayeredModel(tinyLlama, startWeights(), 1, { resident: true, ...options })
    const warnings: string[] = []
    await trainModel({
      model,
      rows,
      opponent,
      settings: settings({ maxSteps: 3 }),
      checkpointDir: join(dir, name),
      onWarning: (message) => warnings.push(message),
    })
    return { warnings, weights: model.trainable }
  }
  const whole = await trained('whole', {})
  const broken = await trained('broken', { compile })
  rmSync(dir, { recursive: true })
  expect(whole.warnings).toEqual([])
  expect(broken.warnings).toHaveLength(1)
  // Micro-batches of two instead of four rows: sums in another order, and Adam divides by a gradient's own size.
  expectClose(broken.weights, whole.weights, 1e-3)
  expect(liveDeviceTensors()).toEqual(before)
})
