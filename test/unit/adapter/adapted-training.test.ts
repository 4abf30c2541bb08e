import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Adapter } from '../../../src/engine/model/adapter/adapter.ts'
import { continuedAdapter, firstAdapter } from '../../../src/engine/model/adapter/adapter.ts'
import { holdWeights } from '../../../src/engine/model/adapter/quantized-layers.ts'
import { LayeredModel } from '../../../src/engine/model/layered-model.ts'
import { openSafetensors } from '../../../src/engine/model/safetensors.ts'
import type { OpponentLogps } from '../../../src/engine/training/micro-batch.ts'
import { freshPaths } from '../../temp-folder.ts'
import { tinyLlama } from '../scoring/random-llama.ts'
import { opponentOf } from '../trainer/opponent-of.ts'
import { eosIds, mixedRows, settings, startWeights, timeless, trainModel } from '../trainer/training-run.ts'
import { adapterSettings, trainedAdapter } from './tiny-adapter.ts'

const fresh = freshPaths('spin-adapted-training')

type Form = 'f32' | 'int8' | 'int4'
const load = (adapter: Adapter | null, form: Form, weights = startWeights()) => {
  const source = { read: (name: string) => weights.get(name)! }
  const { parameters, quantized } = holdWeights({ config: tinyLlama, weights: source as never }, form)
  return new LayeredModel(tinyLlama, parameters, 1, { adapter, quantized })
}

/** Log-probs of the rows under a model. */
async function scored(model: LayeredModel): Promise<OpponentLogps> {
  const opponent = await opponentOf(model, mixedRows, eosIds)
  await model.release()
  return opponent
}

interface Options {
  start?: Adapter
  /** The model whose log-probs are the opponent's; default: the start adapter on its base. */
  opponent?: Adapter | null
  form?: Form
  dropout?: number
  maxSteps?: number
  checkpointDir?: string
  cancelIn?: number
  microBatch?: number
}

async function run(options: Options = {}) {
  const { form = 'f32', dropout = 0, maxSteps = 5, cancelIn } = options
  const overrides = { dropout, baseWeights: form }
  const start = options.start ?? firstAdapter(tinyLlama, adapterSettings(overrides))
  const opponent = options.opponent === undefined ? start : options.opponent
  const adapter = continuedAdapter(tinyLlama, start, adapterSettings(overrides))
  const weights = startWeights()
  const model = load(adapter, form, weights)
  const checkpointDir = options.checkpointDir ?? fresh()
  const { outcome, metrics } = await trainModel({
    model,
    settings: settings({
      adapter: adapterSettings(overrides),
      maxSteps,
      checkpointEverySteps: 2,
      microBatch: options.microBatch ?? 4,
      optimizer: { kind: 'adamw', lr: 1e-2 },
    }),
    opponent: await scored(load(opponent, form)),
    checkpointDir,
    onStep: ({ step }, abort) => void (step === cancelIn && abort()),
  })
  return { outcome: outcome!, metrics, adapter, weights, checkpointDir }
}

test('only A and B change, and checkpoints hold nothing else', async () => {
  const { adapter, weights, checkpointDir, metrics } = await run()
  expect(weights).toEqual(startWeights())
  const start = firstAdapter(tinyLlama, adapterSettings())
  for (const [name, { data }] of adapter.tensors) expect(data).not.toEqual(start.tensors.get(name)!.data)
  const folder = join(checkpointDir, readdirSync(checkpointDir).toSorted().at(-1)!)
  const saved = openSafetensors(join(folder, 'weights.safetensors'))
  expect([...saved.tensors.keys()].toSorted()).toEqual([...adapter.tensors.keys()].toSorted())
  const state = openSafetensors(join(folder, 'optimizer.safetensors'))
  const numbers = [...adapter.tensors.values()].reduce((sum, { data }) => sum + data.length, 0)
  expect(state.bytes).toBeLessThan(2 * 4 * numbers + 10_000) // two moments of them, and a header
  expect(metrics.at(-1)!.spinLoss).toBeLessThan(0.69)
})

describe('the opponent of an adapter is base + adapter', () => {
  const before = trainedAdapter(tinyLlama)

  test.each(['f32', 'int8', 'int4'] as const)('%s base: step 0 shows ln 2', async (form) => {
    const start = { ...before, baseWeights: form }
    const { outcome } = await run({ start, form, maxSteps: 1 })
    expect(Math.abs(outcome.step0.spinLoss - Math.LN2)).toBeLessThan(1e-6)
  })

  test('scored by the bare base instead, the gate fires', async () => {
    await expect(run({ start: before, opponent: null })).rejects.toMatchObject({
      code: 'GATE_STEP0_LOSS',
      data: { expected: Math.LN2 },
    })
  })

  test('the same adapter on a base of another form is another opponent', async () => {
    const start = { ...before, baseWeights: 'int4' as const }
    const opponent = await scored(load(before, 'f32'))
    const quantized = await scored(load(start, 'int4'))
    expect(Math.abs(opponent.real[0]! - quantized.real[0]!)).toBeGreaterThan(1e-3)
  })

  test('with dropout too: step 0 drops nothing, the steps after it do', async () => {
    const dropped = await run({ start: before, dropout: 0.3, maxSteps: 2 })
    const plain = await run({ start: before, maxSteps: 2 })
    expect(Math.abs(dropped.metrics[0]!.spinLoss - Math.LN2)).toBeLessThan(1e-6)
    expect(dropped.metrics[0]!.gradNorm).toBe(plain.metrics[0]!.gradNorm)
    expect(dropped.metrics[1]!.gradNorm).not.toBe(plain.metrics[1]!.gradNorm)
  })
})

describe('a run that was interrupted ends as one that was not', () => {
  test.each([
    ['f32', 0],
    ['f32', 0.2],
    ['int4', 0.2],
  ] as const)('%s base, dropout %f: the same bytes and the same metrics', async (form, dropout) => {
    const start = { ...trainedAdapter(tinyLlama), baseWeights: form }
    const whole = await run({ start, form, dropout })
    const checkpointDir = fresh()
    await expect(run({ start, form, dropout, checkpointDir, cancelIn: 2 })).rejects.toMatchObject({
      code: 'CANCELLED',
    })
    const resumed = await run({ start, form, dropout, checkpointDir })
    expect(resumed.adapter).toEqual(whole.adapter)
    expect(timeless(resumed.metrics)).toEqual(timeless(whole.metrics))
  })
})

test.each([
  ['rank', { rank: 4 }],
  ['alpha', { alpha: 5 }],
  ['targetModules', { targetModules: ['q_proj'] }],
])('an adapter of another %s is not trained on', (name, overrides) => {
  const start = trainedAdapter(tinyLlama)
  expect(() => continuedAdapter(tinyLlama, start, adapterSettings(overrides))).toThrow(
    `an adapter of ${name}`,
  )
})

test('a target that the model does not have is refused, naming those it has', () => {
  const asked = adapterSettings({ targetModules: ['query_key_value'] })
  expect(() => firstAdapter(tinyLlama, asked)).toThrow(/no matrix "query_key_value".*q_proj, k_proj/)
})
