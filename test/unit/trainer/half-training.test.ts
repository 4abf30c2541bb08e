import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Precision } from '../../../src/contract/settings.ts'
import { checkpointName, readCheckpoint } from '../../../src/engine/training/checkpoint.ts'
import { mostSkips } from '../../../src/engine/training/loss-scale.ts'
import { createSchedule } from '../../../src/engine/training/schedule.ts'
import { hashedSettings, settingsHash } from '../../../src/engine/training/settings-hash.ts'
import { roundingOfStep0 } from '../../../src/engine/training/step-gates.ts'
import { freshPaths } from '../../temp-folder.ts'
import {
  mixedRows,
  type Run,
  type RunOptions,
  runTraining,
  scoreOpponent,
  settings,
  startWeights,
  timeless,
} from './training-run.ts'

const fresh = freshPaths('spin-halves')

/** Policy and opponent in the same type. */
async function run(precision: Precision, options: Partial<RunOptions> = {}): Promise<Run> {
  return runTraining({
    checkpointDir: fresh(),
    opponent: await scoreOpponent(mixedRows, startWeights(), undefined, precision),
    ...options,
    precision,
    settings: settings({ precision, ...options.settings }),
  })
}

/** So high that the first steps overflow, and low enough that some of the twelve do not. */
const startLossScale = 2 ** 24

describe('an overflow in f16', () => {
  test('skips steps until the scale is low enough, and training goes on', async () => {
    const warnings: string[] = []
    const { metrics, outcome } = await run('f16', {
      startLossScale,
      onWarning: (message) => warnings.push(message),
    })
    const skipped = metrics.findIndex(({ gradNorm }) => gradNorm > 0)
    expect(skipped).toBeGreaterThan(1)
    expect(outcome).toMatchObject({ steps: 12, savedStep: 12, stoppedBy: null })
    expect(metrics.map(({ skippedSteps }) => skippedSteps)).toEqual(
      metrics.map((_, i) => Math.min(i + 1, skipped)),
    )
    expect(metrics.map(({ lossScale }) => lossScale)).toEqual(
      metrics.map((_, i) => startLossScale / 2 ** Math.min(i, skipped)),
    )
    expect(warnings).toHaveLength(skipped)
    expect(warnings[0]).toMatch(
      /^Step 0: a gradient overflowed f16 at a loss scale of 16,777,216; .* 8,388,608 now\. Skipped so far: 1\.$/,
    )
    // The schedule waits for the first update, as accelerate's does.
    const schedule = createSchedule({ ...settings(), lr: 3e-3, rows: mixedRows.length })
    expect(metrics.map(({ lr }) => lr)).toEqual(
      metrics.map((_, i) => schedule.learningRate(i - Math.min(i, skipped))),
    )
  })

  test('changes neither weights nor moments, and is no step of the optimizer', async () => {
    const checkpointDir = fresh()
    const often = settings({ checkpointEverySteps: 1 })
    await run('f16', {
      settings: often,
      startLossScale,
      checkpointDir,
      onStep: ({ step }) => (step === 1 ? 'leave' : undefined),
    })
    const skipped = (await readCheckpoint(checkpointDir, 2))!
    for (const [name, { data }] of skipped.readWeights()) expect(data).toEqual(startWeights().get(name))
    for (const moments of skipped.readOptimizer().values())
      expect(moments.every((value) => value === 0)).toBe(true)
    const whole = await run('f16', { settings: often, startLossScale, checkpointDir })
    const end = (await readCheckpoint(checkpointDir, 12))!
    expect(end.lossScale).toEqual({
      scale: whole.metrics.at(-1)!.lossScale,
      skipped: whole.metrics.at(-1)!.skippedSteps,
      skippedInRow: 0,
      goodSteps: 12 - end.lossScale!.skipped,
    })
    expect(end.readOptimizer().get('step')![0]).toBe(12 - end.lossScale!.skipped)
    expect(whole.weights).not.toEqual(startWeights())
  })

  test.each([1, 6])('killed after step %i of them: the same bytes and the same metrics', async (at) => {
    const often = settings({ checkpointEverySteps: 1 })
    const whole = await run('f16', { settings: often, startLossScale })
    expect(whole.metrics.at(-1)!.skippedSteps).toBeGreaterThan(3)
    const checkpointDir = fresh()
    await run('f16', {
      settings: often,
      startLossScale,
      checkpointDir,
      onStep: ({ step }) => (step === at ? 'leave' : undefined),
    })
    const resumed = await run('f16', { settings: often, startLossScale, checkpointDir })
    expect(resumed.weights).toEqual(whole.weights)
    expect(timeless(resumed.metrics)).toEqual(timeless(whole.metrics))
  })

  test('at every scale it is an error that says what to do', async () => {
    const long = settings({ maxSteps: 40, schedule: { scheduleEpochs: 20, stopEpoch: 20 } })
    await expect(run('f16', { settings: long, startLossScale: 2 ** 120 })).rejects.toMatchObject({
      code: 'NOT_FINITE',
      message: expect.stringMatching(/bf16 or f32/),
      data: { step: mostSkips - 1, skippedInRow: mostSkips },
    })
  })

  test('of the forward pass too: a loss that is no number in the first step is an error', async () => {
    const weights = startWeights()
    for (const name of weights.keys()) if (name.endsWith('gate_proj.weight')) weights.get(name)!.fill(3e4)
    const opponent = {
      real: new Float32Array(14),
      generated: new Float32Array(14),
      realEos: new Float32Array(14),
    }
    await expect(run('f16', { weights, opponent })).rejects.toMatchObject({
      code: 'NOT_FINITE',
      message: expect.stringContaining('train it in bf16 or f32'),
    })
  })
})

test('bf16 has no scale: a gradient that is no number ends the run', async () => {
  const { metrics } = await run('bf16')
  expect(metrics[0]).not.toHaveProperty('lossScale')
  const weights = startWeights()
  weights.get('model.norm.weight')!.fill(1e38)
  const opponent = {
    real: new Float32Array(14),
    generated: new Float32Array(14),
    realEos: new Float32Array(14),
  }
  await expect(run('bf16', { weights, opponent })).rejects.toMatchObject({ code: 'NOT_FINITE' })
})

describe('step 0', () => {
  test.each(['f16', 'bf16'] as const)(
    'in %s is ln 2 where the opponent is scored in it',
    async (precision) => {
      const { metrics } = await run(precision, { settings: settings({ maxSteps: 1 }) })
      // The same kernels, which add in one order whatever the batch.
      expect(Math.abs(metrics[0]!.spinLoss - Math.LN2)).toBeLessThan(1e-5)
    },
  )

  test('an opponent that is scored in another type is refused where rounding alone does not explain it', async () => {
    const opponent = await scoreOpponent(mixedRows)
    const sharp = settings({ beta: 4, maxSteps: 1 })
    const moved = { ...opponent, real: opponent.real.map((logp) => logp + 1) }
    await expect(run('f16', { settings: sharp, opponent: moved })).rejects.toMatchObject({
      code: 'GATE_STEP0_LOSS',
    })
  })

  test('is allowed what rounding explains: nothing in f32, more with β and fewer pairs', () => {
    const of = (over: object) => roundingOfStep0({ ...settings({ beta: 0.1, batchSize: 64 }), ...over })
    expect(of({ precision: 'f32' })).toBe(0)
    // 3 · β/2 · σ / 8 + β²/8 · σ², σ = 2 · 2⁻¹¹ · 32 and 2 · 2⁻⁸ · 32
    expect(of({ precision: 'f16' })).toBeCloseTo(0.0005872, 6)
    expect(of({ precision: 'bf16' })).toBeCloseTo(0.0047656, 6)
    expect(of({ precision: 'f16', batchSize: 16 }) / of({ precision: 'f16' })).toBeCloseTo(2, 2)
  })
})

test('a checkpoint from before there was a choice is read', async () => {
  const checkpointDir = fresh()
  await run('f32', { checkpointDir, onStep: ({ step }) => (step === 4 ? 'leave' : undefined) })
  const path = join(checkpointDir, checkpointName(3), 'state.json')
  const state: object = JSON.parse(readFileSync(path, 'utf8'))
  expect(state).not.toHaveProperty('lossScale')
  writeFileSync(path, JSON.stringify({ ...state, metrics: (state as { metrics: object[] }).metrics }))
  const resumed = await run('f32', { checkpointDir })
  expect(resumed.weights).toEqual((await run('f32')).weights)
})

test('the hash of a run in f32 is what it was before there was a choice', () => {
  const { precision: _, ...before } = settings()
  expect(settingsHash(hashedSettings(settings()))).toBe(settingsHash(before))
  expect(settingsHash(hashedSettings(settings({ precision: 'f16' })))).not.toBe(settingsHash(before))
})
