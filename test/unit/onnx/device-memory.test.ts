import { test } from 'vitest'
import { Program } from '../../../src/engine/onnx/program.ts'
import {
  expectNoGrowth,
  expectPassedOn,
  expectReadElsewhereRefused,
  expectWrittenInPlace,
} from './tensors-in-device-memory.ts'

test('without a memory of its own a backend serves the same calls with arrays, to the last bit', () =>
  expectPassedOn(Program.compile, 10))

test('a thousand steps leave no tensor behind', () => expectNoGrowth(Program.compile, 1000))

test('an array is written where it lies', async () => {
  await expectWrittenInPlace(Program.compile, 100)
  await expectReadElsewhereRefused(Program.compile)
})
