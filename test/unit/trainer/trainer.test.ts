import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { StepMetrics } from '../../../src/contract/engine.ts'
import type { CompileProgram } from '../../../src/engine/onnx/compiled-program.ts'
import { Program } from '../../../src/engine/onnx/program.ts'
import type { TensorData } from '../../../src/engine/tensor/dtype.ts'
import { tinyLlama } from '../scoring/random-llama.ts'
import { guardWindow } from '../../../src/engine/training/guards.ts'
import { freshPaths } from '../../temp-folder.ts'
import {
  eosIds,
  mixedRows,
  pairRows,
  type Run,
  type RunOptions,
  runTraining,
  scoreOpponent,
  settings,
  startWeights,
  timeless,
} from './training-run.ts'

const fresh = freshPaths('spin-trainer')
const run = (options: Partial<RunOptions> = {}): Promise<Run> =>
  runTraining({ checkpointDir: fresh(), ...options })
const distance = (a: Run, b: Run): number => {
  let [difference, moved] = [0, 0]
  const start = startWeights()
  for (const [name, data] of a.weights) {
    data.forEach((value, i) => {
      difference += (value - b.weights.get(name)![i]!) ** 2
      moved += (value - start.get(name)![i]!) ** 2
    })
  }
  return Math.sqrt(difference / moved)
}

describe('a run that was interrupted ends as one that was not', () => {
  test.each([
    ['adamw', 1],
    ['adamw', 5],
    ['adamw', 9],
    ['rmsprop', 6],
  ] as const)('%s, cancelled in step %i: the same bytes and the same metrics', async (kind, at) => {
    const trained = settings({ optimizer: { kind, lr: 3e-3 } })
    const whole = await run({ settings: trained })
    expect(whole.outcome).toMatchObject({ steps: 12, savedStep: 12, stoppedBy: null })
    const checkpointDir = fresh()
    const stopped = run({
      settings: trained,
      checkpointDir,
      onStep: ({ step }, abort) => void (step === at && abort()),
    })
    await expect(stopped).rejects.toMatchObject({ code: 'CANCELLED', data: { step: at + 1 } })
    const resumed = await run({ settings: trained, checkpointDir })
    expect(resumed.weights).toEqual(whole.weights)
    expect(timeless(resumed.metrics)).toEqual(timeless(whole.metrics))
    expect(resumed.outcome).toMatchObject({ steps: 12, savedStep: 12 })
  })

  test('killed again and again, after any step', async () => {
    const whole = await run()
    const checkpointDir = fresh()
    for (let kill = 0; kill < 12; kill++)
      await run({ checkpointDir, onStep: ({ step }) => (step === kill ? 'leave' : undefined) })
    const resumed = await run({ checkpointDir })
    expect(resumed.weights).toEqual(whole.weights)
    expect(timeless(resumed.metrics)).toEqual(timeless(whole.metrics))
  })

  test('called again after its end, it trains nothing and tells the same', async () => {
    const checkpointDir = fresh()
    const whole = await run({ checkpointDir })
    const again = await run({ checkpointDir })
    expect(again.weights).toEqual(whole.weights)
    expect(again.metrics).toEqual(whole.metrics) // the clock's numbers too: nothing was measured anew
  })

  test('its held-out checks are not asked again', async () => {
    const guarded = settings({ guards: { heldOutEverySteps: 2 }, checkpointEverySteps: 2 })
    const checkpointDir = fresh()
    const asked: number[] = []
    let nll = 2
    const heldOutNll = () => (asked.push((nll -= 0.1)), Promise.resolve(nll))
    await run({
      settings: guarded,
      checkpointDir,
      heldOutNll,
      onStep: ({ step }) => (step === 4 ? 'leave' : undefined),
    })
    expect(asked).toHaveLength(3) // before training, after 2 and 4 steps
    await run({ settings: guarded, checkpointDir, heldOutNll })
    expect(asked).toHaveLength(3 + 4)
  })
})

/** The processor, but for one thing. */
const deviceThat =
  (gives: (name: string, right: TensorData) => TensorData): CompileProgram =>
  async (graph, options) => {
    const program = await Program.compile(graph, options)
    const run = program.run.bind(program)
    program.run = async (feeds) =>
      Object.fromEntries(Object.entries(await run(feeds)).map(([name, data]) => [name, gives(name, data)]))
    return program
  }

describe('a device that computes wrong results', () => {
  test('nothing but zeros: refused, though model and opponent do not differ', async () => {
    const compile = deviceThat((_, right) => right.fill(0 as never))
    const zeros = new Float32Array(mixedRows.length)
    const opponent = { real: zeros, generated: zeros, realEos: zeros }
    for (const objective of ['spin', 'sft']) {
      const refused = run({ opponent, compile, settings: settings({ objective }) })
      await expect(refused).rejects.toMatchObject({ code: 'BACKEND_UNUSABLE' })
    }
  })

  test('a loss that is not that of its log-probs: refused, after a checkpoint too', async () => {
    const compile = deviceThat((name, right) => (name === 'loss' ? right.fill(0.1 as never) : right))
    await expect(run({ compile })).rejects.toMatchObject({
      code: 'BACKEND_UNUSABLE',
      data: { found: expect.closeTo(0.1, 6) },
    })
    const checkpointDir = fresh()
    await run({ checkpointDir, onStep: ({ step }) => (step === 4 ? 'leave' : undefined) })
    await expect(run({ compile, checkpointDir })).rejects.toMatchObject({ code: 'BACKEND_UNUSABLE' })
  })
})

describe('the gate at step 0', () => {
  test('log-probs of another opponent are refused with both numbers, and nothing is written', async () => {
    const opponent = await scoreOpponent(mixedRows)
    opponent.generated = opponent.generated.map((x) => x - 2)
    const checkpointDir = fresh()
    const failed = run({ opponent, checkpointDir, settings: settings({ checkpointEverySteps: 1 }) })
    await expect(failed).rejects.toMatchObject({ code: 'GATE_STEP0_LOSS', data: { expected: Math.LN2 } })
    expect(existsSync(checkpointDir)).toBe(false)
  })

  test.each([
    ['sigmoid', Math.LN2],
    ['hinge', 1],
    ['ipo', 6.25], // 1/(4β²), β = 0.2
  ] as const)('%s: the own start model gives %f', async (lossType, expected) => {
    const { outcome } = await run({ settings: settings({ lossType, maxSteps: 1 }) })
    expect(Math.abs(outcome!.step0.spinLoss - expected)).toBeLessThan(2e-6 * Math.max(1, expected))
  })

  test('SFT has no such gate', async () => {
    const opponent = {
      real: new Float32Array(14),
      generated: new Float32Array(14),
      realEos: new Float32Array(14),
    }
    const { metrics } = await run({ opponent, settings: settings({ objective: 'sft', maxSteps: 2 }) })
    expect(metrics.map(({ spinLoss }) => spinLoss)).toEqual([0, 0])
  })
})

describe('what is minimised', () => {
  test('the SPIN margin grows and the loss falls', async () => {
    const { outcome, metrics } = await run({ rows: pairRows, settings: settings({ nllWeight: 0 }) })
    expect(outcome!.last.spinLoss).toBeLessThan(0.6)
    expect(outcome!.last.margin).toBeGreaterThan(0.2)
    for (const { loss, spinLoss } of metrics) expect(Math.abs(loss - spinLoss)).toBeLessThan(1e-6)
  })

  test('DPO is the same maths: the same bytes as SPIN on the same pairs', async () => {
    const spin = await run()
    const dpo = await run({ settings: settings({ objective: 'dpo' }) })
    expect(dpo.weights).toEqual(spin.weights)
    expect(timeless(dpo.metrics)).toEqual(timeless(spin.metrics))
  })

  test('DPO is not stopped by falling log-probs of the chosen answers; SPIN is', async () => {
    const falling = { enabled: true, minRealShift: 1e3 }
    const spin = await run({ settings: settings({ guards: falling }) })
    const dpo = await run({ settings: settings({ guards: falling, objective: 'dpo' }) })
    expect([spin.outcome!.steps, dpo.outcome!.steps]).toEqual([10, 12])
    expect(dpo.outcome!.stoppedBy).toBeNull()
  })

  test.each(['hinge', 'ipo'])('%s: the margin grows and the loss falls', async (lossType) => {
    const { outcome } = await run({ rows: pairRows, settings: settings({ nllWeight: 0, lossType }) })
    expect(outcome!.last.spinLoss).toBeLessThan(0.8 * outcome!.step0.spinLoss)
    expect(outcome!.last.margin).toBeGreaterThan(0.2)
  })

  test('KL starts at 0 and grows; entropy is that of the policy; SFT has no KL', async () => {
    const { metrics } = await run({ rows: pairRows, settings: settings({ nllWeight: 0 }) })
    expect(Math.abs(metrics[0]!.kl!)).toBeLessThan(1e-5) // float32 log-probs of two differently padded batches
    expect(metrics.at(-1)!.kl).toBeGreaterThan(0.5)
    for (const { kl, klPerToken, entropy } of metrics) {
      expect(Math.abs(klPerToken!)).toBeLessThanOrEqual(Math.abs(kl!))
      expect(entropy).toBeGreaterThan(0)
      expect(entropy).toBeLessThan(Math.log(tinyLlama.vocab))
    }
    const sft = await run({ settings: settings({ objective: 'sft', maxSteps: 1 }) })
    expect(sft.metrics[0]).toMatchObject({ kl: null, klPerToken: null, entropy: expect.any(Number) })
  })

  test('SFT: the loss is the token-mean NLL of the real answers, and falls', async () => {
    const { metrics } = await run({
      settings: settings({
        objective: 'sft',
        nllWeight: 0,
        batchSize: 14,
        schedule: { kind: 'constant', scheduleEpochs: 8, stopEpoch: 8 },
      }),
    })
    for (const { loss, nll } of metrics) expect(Math.abs(loss / nll - 1)).toBeLessThan(1e-5)
    expect(metrics.at(-1)!.nll).toBeLessThan(0.9 * metrics[0]!.nll)
  })

  test('SPIN with the anchor: loss = SPIN term + weight · NLL', async () => {
    const { metrics } = await run({ rows: pairRows, settings: settings({ nllWeight: 0.5 }) })
    for (const { loss, spinLoss, nll } of metrics)
      expect(Math.abs(loss - spinLoss - 0.5 * nll)).toBeLessThan(1e-5)
  })

  test.each([1, 2, 3])('micro-batches of %i accumulate to what one of 4 gives', async (microBatch) => {
    // RMSprop without momentum and clipping off: a plain reading of the gradient. Float32 sums in another order.
    const optimizer = { kind: 'rmsprop', lr: 1e-3, clipNorm: null, eps: 1e-3 }
    const whole = await run({ settings: settings({ optimizer, maxSteps: 4 }) })
    const parts = await run({ settings: settings({ optimizer, maxSteps: 4, microBatch }) })
    expect(distance(whole, parts)).toBeLessThan(1e-4)
    for (const [i, { loss, gradNorm }] of parts.metrics.entries()) {
      expect(Math.abs(loss - whole.metrics[i]!.loss)).toBeLessThan(1e-5)
      expect(Math.abs(gradNorm / whole.metrics[i]!.gradNorm - 1)).toBeLessThan(1e-5)
    }
  })

  test('a step of NLL-only rows alone has its anchor gradient, and metrics without a pair', async () => {
    const rows = mixedRows.map((row) => ({ ...row, generatedIds: null }))
    const anchored = await run({ rows, settings: settings({ maxSteps: 2, nllWeight: 0.5 }) })
    expect(anchored.metrics[0]).toMatchObject({
      spinLoss: Math.LN2,
      margin: 0,
      accuracy: 0,
      logpGenerated: 0,
    })
    expect(anchored.metrics[0]!.gradNorm).toBeGreaterThan(0.01)
    const bare = await run({
      rows,
      settings: settings({ maxSteps: 2, nllWeight: 0, optimizer: { kind: 'rmsprop', lr: 1 } }),
    })
    expect(bare.metrics.map(({ gradNorm, loss }) => [gradNorm, loss])).toEqual([
      [0, 0],
      [0, 0],
    ])
    expect(bare.weights).toEqual(startWeights())
  })

  test('metrics stay finite where no answer has an EOS, and the checkpoint takes them', async () => {
    const rows = mixedRows.map((row) => ({
      ...row,
      realIds: row.realIds.filter((id) => !eosIds.includes(id)).concat(5),
    }))
    const checkpointDir = fresh()
    const { metrics } = await run({
      rows,
      checkpointDir,
      settings: settings({ guards: { enabled: true, minRealShift: -99 } }),
    })
    for (const step of metrics) expect(StepMetrics.safeParse(step).success).toBe(true)
    expect(metrics.every(({ eosShift }) => eosShift === 0)).toBe(true)
    expect(readdirSync(checkpointDir)).toContain('step-000012')
  })

  test('weights that are not finite end training as NOT_FINITE', async () => {
    const weights = startWeights()
    weights.get('model.norm.weight')![3] = Number.NaN
    await expect(run({ weights })).rejects.toMatchObject({ code: 'NOT_FINITE' })
  })
})

describe('a guard that stops training sends it back', () => {
  // A limit that every step is below: the guard speaks as soon as its window is full, after ten steps.
  const soon = { enabled: true, minRealShift: 1e6 }
  const weightsAfter = async (maxSteps: number) => (await run({ settings: settings({ maxSteps }) })).weights

  test.each([
    [4, 8],
    [5, 5],
    [7, 7],
  ])('without held-out data, checkpoints every %i: to step %i', async (checkpointEverySteps, savedStep) => {
    const guarded = settings({ guards: soon, checkpointEverySteps })
    const { outcome, weights } = await run({ settings: guarded })
    expect(outcome).toMatchObject({ steps: guardWindow, savedStep })
    expect(outcome!.stoppedBy).toMatch(/human answers are becoming less likely/)
    expect(outcome!.last.step).toBe(guardWindow - 1)
    expect(weights).toEqual(await weightsAfter(savedStep))
  })

  test('without a checkpoint: to the start model', async () => {
    expect(
      (await run({ settings: settings({ guards: soon, checkpointEverySteps: 50 }) })).outcome,
    ).toMatchObject({ steps: 10, savedStep: 0 })
  })

  /** Answers with the given numbers in turn. */
  const heldOut =
    (...values: number[]) =>
    () =>
      Promise.resolve(values.shift()!)
  const watched = {
    enabled: true,
    minRealShift: -1e6,
    minEosShift: -1e6,
    heldOutEverySteps: 2,
    heldOutTolerance: 0.02,
  }

  test('with held-out data: to the best step, though it is long gone from the newest checkpoints', async () => {
    const { outcome, weights } = await run({
      settings: settings({ guards: watched, checkpointEverySteps: 1 }),
      heldOutNll: heldOut(2, 1.8, 1.81, 1.82, 1.9),
    })
    expect(outcome).toMatchObject({ steps: 8, savedStep: 2 })
    expect(outcome!.stoppedBy).toMatch(/NLL 1\.9000 at step 8, best 1\.8000 at step 2/)
    expect(weights).toEqual(await weightsAfter(2))
  })

  test('worse than the base from the start: to the base', async () => {
    const { outcome } = await run({ settings: settings({ guards: watched }), heldOutNll: heldOut(2, 2.5) })
    expect(outcome).toMatchObject({ steps: 2, savedStep: 0 })
  })

  test('the best step is the one it stops at: these very weights', async () => {
    const { outcome, weights } = await run({
      settings: settings({ guards: { ...soon, heldOutEverySteps: 10 } }),
      heldOutNll: heldOut(2, 1.5),
    })
    expect(outcome).toMatchObject({ steps: 10, savedStep: 10 })
    expect(weights).toEqual(await weightsAfter(10))
  })

  test.each([
    [4, 8],
    [5, 5],
  ])(
    'killed in the very step of the stop (checkpoints every %i), it comes to the same end',
    async (checkpointEverySteps, savedStep) => {
      const guarded = settings({ guards: soon, checkpointEverySteps })
      const checkpointDir = fresh()
      await run({
        settings: guarded,
        checkpointDir,
        onStep: ({ step }) => (step === guardWindow - 1 ? 'leave' : undefined),
      })
      const { outcome, weights } = await run({ settings: guarded, checkpointDir })
      expect(outcome).toMatchObject({ steps: guardWindow, savedStep })
      expect(weights).toEqual(await weightsAfter(savedStep))
    },
  )

  test('the best checkpoint is gone: an error that says so, never other weights', async () => {
    const checkpointDir = fresh()
    const failed = run({
      settings: settings({ guards: watched }),
      checkpointDir,
      heldOutNll: heldOut(2, 1.8, 1.81, 1.9),
      onStep: ({ step }) =>
        void (step === 4 && rmSync(join(checkpointDir, 'step-000002'), { recursive: true })),
    })
    await expect(failed).rejects.toMatchObject({ code: 'FILE_UNREADABLE', data: { step: 2 } })
  })

  test('switched off, they stop nothing', async () => {
    const { outcome } = await run({
      settings: settings({ guards: { ...soon, enabled: false, heldOutEverySteps: 4 } }),
      heldOutNll: heldOut(1, 2, 3, 4),
    })
    expect(outcome).toMatchObject({ steps: 12, savedStep: 12, stoppedBy: null })
  })
})
