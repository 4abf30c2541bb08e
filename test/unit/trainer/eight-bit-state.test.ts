import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { OptimizerSettings } from '../../../src/contract/settings.ts'
import { embeddingName } from '../../../src/engine/model/weight-names.ts'
import { latestCheckpoint } from '../../../src/engine/training/checkpoint.ts'
import { createOptimizer } from '../../../src/engine/training/optimizer.ts'
import { optimizerStateBytes } from '../../../src/engine/training/optimizer-state.ts'
import { folderOfTests } from '../../temp-folder.ts'
import { randomWeights, tinyLlama } from '../scoring/random-llama.ts'
import { mixedRows, runTraining, scoreOpponent, settings, timeless } from './training-run.ts'

// Wide enough that most matrices reach the 4096 elements from which state is quantized.
const config = { ...tinyLlama, hidden: 64, headDim: 16, ffn: 128 }
const startWeights = () => randomWeights(config, 8)
const opponent = await scoreOpponent(mixedRows, startWeights(), config)

const dir = folderOfTests('spin-8bit')
let folders = 0
const fresh = () => join(dir, `run-${folders++}`)

const run = (
  kind: 'adamw' | 'rmsprop',
  stateBits: 8 | 32,
  more: Partial<Parameters<typeof runTraining>[0]> = {},
) =>
  runTraining({
    config,
    opponent,
    weights: startWeights(),
    checkpointDir: fresh(),
    settings: settings({
      optimizer: { kind, stateBits, lr: kind === 'adamw' ? 1e-3 : 3e-4 },
      schedule: { kind: 'linear', scheduleEpochs: 15, stopEpoch: 15 },
      checkpointEverySteps: 20,
    }),
    ...more,
  })

describe.each(['adamw', 'rmsprop'] as const)('%s', (kind) => {
  test('60 steps with 8-bit state keep to the loss curve of float32', async () => {
    const [exact, coded] = [await run(kind, 32), await run(kind, 8)]
    expect(exact.metrics).toHaveLength(60)
    const [first, last] = [exact.metrics[0]!.loss, exact.metrics.at(-1)!.loss]
    expect(last).toBeLessThan(0.5 * first)
    const gaps = exact.metrics.map(({ loss }, i) => Math.abs(coded.metrics[i]!.loss - loss))
    // A code is off by a few percent without bias, and a step moves thousands of weights: the errors average out.
    // Measured: worst step 1.6e-4 of what the loss fell by in all, mean 1.8e-5, last loss 0.9 % apart.
    expect(Math.max(...gaps)).toBeLessThan(1e-3 * (first - last))
    expect(gaps.reduce((sum, gap) => sum + gap, 0) / 60).toBeLessThan(1e-4 * (first - last))
    expect(Math.abs(coded.metrics.at(-1)!.loss / last - 1)).toBeLessThan(0.05)
    expect(Math.max(...gaps)).toBeGreaterThan(0) // it is another state, not the same one
  })

  test('a run that was interrupted ends with the same bytes', async () => {
    const whole = await run(kind, 8)
    const checkpointDir = fresh()
    await run(kind, 8, { checkpointDir, onStep: ({ step }) => (step === 33 ? 'leave' : undefined) })
    const resumed = await run(kind, 8, { checkpointDir })
    expect(resumed.weights).toEqual(whole.weights)
    expect(timeless(resumed.metrics)).toEqual(timeless(whole.metrics))
  })
})

test('a checkpoint gives back every code and every scale', async () => {
  const checkpointDir = fresh()
  await run('adamw', 8, { checkpointDir, onStep: ({ step }) => (step === 20 ? 'leave' : undefined) })
  const optimizer = createOptimizer(
    OptimizerSettings.parse({ kind: 'adamw', stateBits: 8, lr: 1 }),
    startWeights(),
    { isEmbedding: (name) => name === embeddingName },
  )
  const saved = (await latestCheckpoint(checkpointDir, 'same'))!.readOptimizer()
  optimizer.load(saved)
  expect([...optimizer.state()].toSorted()).toEqual([...saved].toSorted())
  const kinds = [...saved].filter(([name]) => name.startsWith('exp_avg.') && name.includes('mlp'))
  expect(kinds.map(([, values]) => values.constructor.name)).toEqual(kinds.map(() => 'Uint8Array'))
  expect(saved.get(`exp_avg.${embeddingName}`)).toBeInstanceOf(Float32Array)
})

test('state of the other width is refused by name', () => {
  const optimizerOf = (stateBits: 8 | 32) =>
    createOptimizer(OptimizerSettings.parse({ stateBits, lr: 1 }), startWeights())
  expect(() => optimizerOf(8).load(optimizerOf(32).state())).toThrow(/4096 codes; found 4096 numbers/)
})

test('8 bits take a quarter of the memory: codes, and a scale per 256', () => {
  const parameters = [
    { name: 'matrix', length: 1_000_000 },
    { name: 'norm', length: 512 },
  ]
  const bytes = (stateBits: 8 | 32) => optimizerStateBytes({ kind: 'adamw', stateBits }, parameters)
  expect(bytes(32)).toBe(4 + 2 * 4 * 1_000_512)
  expect(bytes(8)).toBe(4 + 2 * (1_000_000 + 4 * 3907 + 4 * 512))
  expect(bytes(8) / bytes(32)).toBeLessThan(0.26)
  const real = createOptimizer(
    OptimizerSettings.parse({ stateBits: 8, lr: 1 }),
    new Map(parameters.map(({ name, length }) => [name, new Float32Array(length)])),
  )
  expect([...real.state().values()].reduce((sum, { byteLength }) => sum + byteLength, 0)).toBe(bytes(8))
})
