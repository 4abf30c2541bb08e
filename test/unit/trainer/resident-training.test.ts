import { describe, expect, test } from 'vitest'
import { liveDeviceTensors } from '../../../src/engine/onnx/device-tensor.ts'
import { Program } from '../../../src/engine/onnx/program.ts'
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
