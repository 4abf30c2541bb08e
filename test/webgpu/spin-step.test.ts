import { join } from 'node:path'
import { expect, test } from 'vitest'
import { AdapterSettings } from '../../src/contract/settings.ts'
import { firstAdapter } from '../../src/engine/model/adapter/adapter.ts'
import { LayeredModel } from '../../src/engine/model/layered-model.ts'
import type { CompileProgram } from '../../src/engine/onnx/compiled-program.ts'
import { Program } from '../../src/engine/onnx/program.ts'
import { folderOfTests } from '../temp-folder.ts'
import { openGoldenModel } from '../golden/golden-model.ts'
import { asReference, relativeDistance } from '../golden/read-golden.ts'
import { opponentOf } from '../unit/trainer/opponent-of.ts'
import { oneStep, trainModel } from '../unit/trainer/training-run.ts'
import { compileWebGpu, noAdapter } from './adapter.ts'

const dir = folderOfTests('webgpu-step')

const { golden, config, eosIds } = openGoldenModel('tied')
const rows = golden.pairs.slice(0, 3)
const settings = oneStep(golden.beta)

/** Opponent, step and weights, wholly on one provider. */
async function stepOn(name: string, compile: CompileProgram, withAdapter: boolean) {
  const adapter = withAdapter ? firstAdapter(config, AdapterSettings.parse({ rank: 4 })) : null
  const { parameters } = openGoldenModel('tied')
  const model = new LayeredModel(config, parameters, 1, { compile, adapter })
  const start = new Map([...model.trainable].map(([key, data]) => [key, data.slice()]))
  const opponent = await opponentOf(model, rows, eosIds)
  const checkpointDir = join(dir, name)
  const { metrics } = await trainModel({ model, rows, opponent, eosIds, settings, checkpointDir })
  return { opponent, step: metrics[0]!, steps: metrics.length, start, weights: model.trainable }
}

test.skipIf(noAdapter).each([
  ['all weights', false],
  ['an adapter', true],
])(
  'one SPIN step with %s: opponent log-probs, loss ln 2, and the weights that AdamW makes of the gradients',
  async (_, withAdapter) => {
    const onCpu = await stepOn(`cpu-${withAdapter}`, Program.compile, withAdapter)
    const onGpu = await stepOn(`webgpu-${withAdapter}`, compileWebGpu, withAdapter)
    expect(onGpu.steps).toBe(1)
    // Sums of up to 30 token log-probs of size 5 in float32.
    for (const side of ['real', 'generated'] as const)
      for (const [i, logp] of onCpu.opponent[side].entries())
        expect(Math.abs(onGpu.opponent[side][i]! - logp)).toBeLessThan(1e-4)
    // The gate's own tolerance is 1e-3; both sides are computed by the same kernels.
    expect(Math.abs(onGpu.step.spinLoss - Math.LN2)).toBeLessThan(1e-5)
    expect(onGpu.step.gradNorm / onCpu.step.gradNorm).toBeCloseTo(1, 4)
    const moved = relativeDistance(onGpu.weights, asReference(onCpu.start))
    expect(moved).toBeGreaterThan(1e-5)
    // Adam divides a gradient by its own size: where it is nearly 0 its sign is left to rounding, so the bound is on the
    // whole step.
    expect(relativeDistance(onGpu.weights, asReference(onCpu.weights)) / moved).toBeLessThan(1e-2)
  },
  120_000,
)
