import { join } from 'node:path'
import { expect, test } from 'vitest'
import { AdapterSettings, TrainingSettings } from '../../src/contract/settings.ts'
import { firstAdapter } from '../../src/engine/model/adapter/adapter.ts'
import { LayeredModel } from '../../src/engine/model/layered-model.ts'
import type { CompileProgram } from '../../src/engine/onnx/compiled-program.ts'
import { liveDeviceTensors } from '../../src/engine/onnx/device-tensor.ts'
import { Program } from '../../src/engine/onnx/program.ts'
import { transfers } from '../../src/engine/onnx/transfers.ts'
import type { OpponentLogps } from '../../src/engine/training/micro-batch.ts'
import { folderOfTests } from '../temp-folder.ts'
import { openGoldenModel } from '../golden/golden-model.ts'
import { asReference, relativeDistance } from '../golden/read-golden.ts'
import { opponentOf } from '../unit/trainer/opponent-of.ts'
import { trainModel } from '../unit/trainer/training-run.ts'
import { compileWebGpu, noAdapter } from './adapter.ts'

const dir = folderOfTests('webgpu-steps')

const { golden, config, eosIds } = openGoldenModel('tied')
const rows = golden.pairs.slice(0, 4)
const steps = 12
const settings = TrainingSettings.parse({
  beta: golden.beta,
  nllWeight: 0.1,
  batchSize: 4,
  microBatch: 2,
  maxSteps: steps,
  checkpointEverySteps: 6,
  guards: { enabled: false },
  optimizer: { kind: 'adamw', lr: 2e-4, weightDecay: 0.01 },
  schedule: { kind: 'linear', warmupSteps: 0, warmupRatio: 0, scheduleEpochs: 20, stopEpoch: 20 },
})

interface Where {
  compile: CompileProgram
  resident: boolean
}
const processor: Where = { compile: Program.compile, resident: false }
const device: Where = { compile: compileWebGpu, resident: true }

let opponent: OpponentLogps | null = null

/** Trains from whatever `folder` holds to step `until` (as a killed process would leave it), or to the end. */
async function trainOn(where: Where, folder: string, { withAdapter = false, until = steps } = {}) {
  const adapter = withAdapter ? firstAdapter(config, AdapterSettings.parse({ rank: 4 })) : null
  const { parameters } = openGoldenModel('tied')
  const model = new LayeredModel(config, parameters, 1, { ...where, adapter })
  const start = new Map([...model.trainable].map(([key, data]) => [key, data.slice()]))
  opponent ??= await opponentOf(model, rows, eosIds)
  const moved: number[] = []
  const held: object[] = []
  const { metrics } = await trainModel({
    model,
    rows,
    opponent,
    eosIds,
    settings,
    checkpointDir: join(dir, folder),
    onStep() {
      const { sentBytes, fetchedBytes } = transfers()
      held.push(liveDeviceTensors())
      return moved.push(sentBytes + fetchedBytes) === until ? 'leave' : undefined
    },
  })
  return { metrics, weights: model.trainable, start, moved, held }
}

type Run = Awaited<ReturnType<typeof trainOn>>

function expectSameRun(found: Run, expected: Run): void {
  expect(found.metrics.map(({ step }) => step)).toEqual(Array.from({ length: steps }, (_, i) => i))
  // The gate's own tolerance is 1e-3; both sides of the margin are computed by the same kernels.
  expect(Math.abs(found.metrics[0]!.spinLoss - Math.LN2)).toBeLessThan(1e-4)
  for (const [i, step] of expected.metrics.entries()) {
    const other = found.metrics[i]!
    // Log-probs of answers are sums of up to 30 float32 numbers of size 5, and Adam lets rounding decide where a gradient is
    // nearly 0: the runs drift apart by a share of what they have moved.
    expect(Math.abs(other.loss - step.loss)).toBeLessThan(2e-3)
    expect(Math.abs(other.margin - step.margin)).toBeLessThan(2e-3)
    expect(other.gradNorm / step.gradNorm).toBeCloseTo(1, 2)
  }
  const moved = relativeDistance(expected.weights, asReference(expected.start))
  expect(moved).toBeGreaterThan(1e-4)
  expect(relativeDistance(found.weights, asReference(expected.weights)) / moved).toBeLessThan(2e-2)
}

test.skipIf(noAdapter).each([
  ['all weights', false],
  ['an adapter', true],
])(
  'twelve SPIN steps with AdamW in the memory of the device, %s: the run of the processor, and nothing piles up',
  async (_, withAdapter) => {
    const before = liveDeviceTensors()
    const expected = await trainOn(processor, `cpu ${withAdapter}`, { withAdapter })
    const found = await trainOn(device, `device ${withAdapter}`, { withAdapter })
    expectSameRun(found, expected)
    expect(found.held).toEqual(new Array(steps).fill(found.held[0]))
    expect(liveDeviceTensors()).toEqual(before)

    // The same steps with every weight sent to every program and every gradient fetched.
    const sent = await trainOn({ compile: compileWebGpu, resident: false }, `sent ${withAdapter}`, {
      withAdapter,
      until: 3,
    })
    const perStep = ({ moved }: Run): number => moved[2]! - moved[1]!
    console.log(
      `bytes a step, ${withAdapter ? 'an adapter' : 'all weights'}: ${perStep(sent)} before, ${perStep(found)} resident`,
    )
    expect(perStep(found)).toBeLessThan(0.1 * perStep(sent))
  },
  240_000,
)

test.skipIf(noAdapter).each([
  ['begun on the device, ended on the processor', device, processor],
  ['begun on the processor, ended on the device', processor, device],
] as const)(
  'a run %s, is one run',
  async (name, first, second) => {
    const expected = await trainOn(processor, `whole ${name}`)
    await trainOn(first, name, { until: 7 }) // past the checkpoint of step 6
    expectSameRun(await trainOn(second, name), expected)
  },
  240_000,
)

test.skipIf(noAdapter)(
  'left on the device and begun again there, a run ends with the same bits',
  async () => {
    const whole = await trainOn(device, 'whole on the device')
    await trainOn(device, 'left on the device', { until: 8 }) // two steps past the checkpoint are made again
    const resumed = await trainOn(device, 'left on the device')
    expect(resumed.metrics.map(({ loss, gradNorm }) => [loss, gradNorm])).toEqual(
      whole.metrics.map(({ loss, gradNorm }) => [loss, gradNorm]),
    )
    expect(resumed.weights).toEqual(whole.weights)
  },
  240_000,
)
