import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { type Adapter, continuedAdapter } from '../../../src/engine/model/adapter/adapter.ts'
import { holdWeights } from '../../../src/engine/model/adapter/quantized-layers.ts'
import { LayeredModel } from '../../../src/engine/model/layered-model.ts'
import type { WeightFile } from '../../../src/engine/model/safetensors.ts'
import { Program } from '../../../src/engine/onnx/program.ts'
import type { OpponentLogps } from '../../../src/engine/training/micro-batch.ts'
import { AdapterPass } from '../../../src/engine/training/whole-model/adapter-pass.ts'
import { FrozenWeights } from '../../../src/engine/training/whole-model/frozen-weights.ts'
import { folderOfTests } from '../../temp-folder.ts'
import { randomWeights, tinyLlama, writeWeights } from '../scoring/random-llama.ts'
import { opponentOf } from '../trainer/opponent-of.ts'
import { eosIds, mixedRows, settings, timeless, trainModel } from '../trainer/training-run.ts'
import { adapterSettings, trainedAdapter } from './tiny-adapter.ts'

const dir = folderOfTests('spin-adapter-pass-training')
let folders = 0
let file: WeightFile
beforeAll(async () => {
  file = await writeWeights(join(dir, 'base.safetensors'), tinyLlama, randomWeights(tinyLlama, 8))
})

type Form = 'f32' | 'int8' | 'int4'
function load(start: Adapter, form: Form, dropout: number) {
  const held = holdWeights({ config: tinyLlama, weights: file }, form)
  const adapter = continuedAdapter(tinyLlama, start, adapterSettings({ dropout, baseWeights: form }))
  const { parameters, quantized } = held
  return { held, adapter, model: new LayeredModel(tinyLlama, parameters, 1, { adapter, quantized }) }
}

async function scored(start: Adapter, form: Form): Promise<OpponentLogps> {
  const { model } = load(start, form, 0)
  const opponent = await opponentOf(model, mixedRows, eosIds)
  await model.release()
  return opponent
}

interface Options {
  pass: 'layered' | 'whole'
  form?: Form
  dropout?: number
  maxSteps?: number
  checkpointDir?: string
  cancelIn?: number
}

async function run({ pass: kind, form = 'f32', dropout = 0, maxSteps = 20, ...options }: Options) {
  const start = { ...trainedAdapter(tinyLlama), baseWeights: form }
  const { held, adapter, model } = load(start, form, dropout)
  const pass =
    kind === 'whole'
      ? new AdapterPass({
          config: tinyLlama,
          adapter,
          weights: new FrozenWeights(file, held),
          threads: 1,
          compile: Program.compile,
        })
      : null
  const { outcome, metrics } = await trainModel({
    model,
    ...(pass && { pass }),
    settings: settings({
      adapter: adapterSettings({ dropout, baseWeights: form }),
      maxSteps,
      checkpointEverySteps: 2,
      microBatch: 3, // two micro-batches a step
      optimizer: { kind: 'adamw', lr: 1e-3 },
      schedule: { kind: 'cosine', scheduleEpochs: 6, stopEpoch: 6 },
    }),
    opponent: await scored(start, form),
    checkpointDir: options.checkpointDir ?? join(dir, `run-${folders++}`),
    onStep: ({ step }, abort) => void (step === options.cancelIn && abort()),
  })
  return { metrics, adapter, step0: outcome!.step0 }
}

test.each([
  ['f32', 0, 20],
  ['f32', 0.2, 6],
  ['int8', 0, 6],
  ['int4', 0.2, 6],
] as const)(
  '%s base, dropout %f: %i steps are those of the layered pass',
  async (form, dropout, maxSteps) => {
    const whole = await run({ pass: 'whole', form, dropout, maxSteps })
    const layered = await run({ pass: 'layered', form, dropout, maxSteps })
    expect(Math.abs(whole.step0.spinLoss - Math.LN2)).toBeLessThan(1e-6)
    expect(whole.metrics).toHaveLength(maxSteps)
    for (const [i, expected] of layered.metrics.entries()) {
      // Rounding of 1e-6 of a gradient, which AdamW's first steps (g / |g|) make that of a step.
      expect(Math.abs(whole.metrics[i]!.loss - expected.loss), `step ${i}`).toBeLessThan(1e-5)
      expect(Math.abs(whole.metrics[i]!.gradNorm / expected.gradNorm - 1), `step ${i}`).toBeLessThan(1e-4)
    }
    for (const [name, { data }] of layered.adapter.tensors) {
      const own = whole.adapter.tensors.get(name)!.data
      const error = Math.hypot(...data.map((x, i) => x - own[i]!)) / Math.hypot(...data)
      expect(error, name).toBeLessThan(1e-4)
    }
  },
  120_000,
)

test('a run that was interrupted ends as one that was not: the same bytes and the same metrics', async () => {
  const form = 'int4'
  const whole = await run({ pass: 'whole', form, dropout: 0.2, maxSteps: 5 })
  const checkpointDir = join(dir, 'interrupted')
  const options = { pass: 'whole', form, dropout: 0.2, maxSteps: 5, checkpointDir } as const
  await expect(run({ ...options, cancelIn: 2 })).rejects.toMatchObject({ code: 'CANCELLED' })
  const resumed = await run(options)
  expect(resumed.adapter).toEqual(whole.adapter)
  expect(timeless(resumed.metrics)).toEqual(timeless(whole.metrics))
})
