import { describe, expect, test } from 'vitest'
import { liveDeviceTensors } from '../../src/engine/onnx/device-tensor.ts'
import {
  deviceGradients,
  deviceState,
  expectClose,
  hostGradients,
  hostState,
  stepsOf,
  trainedForms,
} from '../unit/trainer/resident-runs.ts'
import { compileWebGpu, noAdapter } from './adapter.ts'

describe.skipIf(noAdapter).each(trainedForms)('in the memory of the device, $name', (form) => {
  test('gradients of two micro-batches are those of the processor', async () => {
    const before = liveDeviceTensors()
    const expected = await hostGradients(form)
    const found = await deviceGradients(form, compileWebGpu)
    for (const [i, loss] of expected.losses.entries()) expect(found.losses[i]! / loss).toBeCloseTo(1, 5)
    // Other kernels in float32, through two layers and back.
    expectClose(found.gradients, expected.gradients, 1e-4)
    expect(liveDeviceTensors()).toEqual(before)
  })
})

test.skipIf(noAdapter).each([
  ['AdamW', { kind: 'adamw', weightDecay: 0.1 }],
  ['RMSprop', { kind: 'rmsprop', weightDecay: 0.1 }],
])('four steps of %s: norms, weights and moments; no tensor more from step to step', async (_, optimizer) => {
  const before = liveDeviceTensors()
  const held: object[] = []
  const form = trainedForms[1]!
  const expected = await stepsOf(form, hostState, optimizer, 4)
  const found = await stepsOf(form, deviceState, optimizer, 4, {
    compile: compileWebGpu,
    resident: true,
    onStep: () => held.push(liveDeviceTensors()),
  })
  for (const [i, norm] of expected.norms.entries()) expect(found.norms[i]! / norm).toBeCloseTo(1, 4)
  expectClose(found.weights, expected.weights, 1e-4)
  expectClose(found.moments, expected.moments, 1e-3)
  expect(held).toEqual(new Array(4).fill(held[0]))
  expect(liveDeviceTensors()).toEqual(before)
})
