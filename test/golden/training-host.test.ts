import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { OptimizerSettings, ScheduleSettings } from '../../src/contract/settings.ts'
import { clipScale, gradientNorm } from '../../src/engine/training/gradient-norm.ts'
import { createOptimizer } from '../../src/engine/training/optimizer.ts'
import { createSchedule, scheduleFactor } from '../../src/engine/training/schedule.ts'
import { spinLoss, tokenMeanNll } from '../../src/engine/training/spin-loss.ts'
import { goldenVariants, readGolden } from './read-golden.ts'

interface HostGolden {
  schedules: {
    kind: ScheduleSettings['kind']
    warmupSteps: number
    scheduleSteps: number
    finalRatio: number
    lrs: number[]
  }[]
  optimizers: {
    kind: OptimizerSettings['kind']
    options: { weight_decay?: number; alpha?: number; betas?: [number, number] }
    lr: number
    start: number[][]
    grads: number[][][]
    norms: number[]
    after: number[][][]
  }[]
}
const host: HostGolden = JSON.parse(readFileSync(join(import.meta.dirname, 'host.json'), 'utf8'))

describe('schedules', () => {
  for (const { kind, warmupSteps, scheduleSteps, finalRatio, lrs } of host.schedules) {
    test(`${kind}, warm-up ${warmupSteps} of ${scheduleSteps}, to ${finalRatio}: transformers' own table`, () => {
      for (const [step, lr] of lrs.entries()) {
        expect(scheduleFactor(kind, step, warmupSteps, scheduleSteps, finalRatio)).toBeCloseTo(lr, 14)
      }
    })
  }
})

describe('optimizers', () => {
  for (const { kind, options, lr, start, grads, norms, after } of host.optimizers) {
    test(`${kind} ${JSON.stringify(options)} with clipping: PyTorch's parameters`, () => {
      const named = (values: number[][]) =>
        new Map(values.map((v, i) => [`p${i}`, Float32Array.from(v)] as const))
      const parameters = named(start)
      const settings = OptimizerSettings.parse({
        kind,
        lr,
        weightDecay: options.weight_decay ?? 0,
        alpha: options.alpha ?? 0.99,
        beta1: options.betas?.[0] ?? 0.9,
        beta2: options.betas?.[1] ?? 0.999,
      })
      const optimizer = createOptimizer(settings, parameters)
      for (const [step, values] of grads.entries()) {
        const gradients = named(values)
        const norm = gradientNorm(gradients)()
        optimizer.step(gradients, lr, clipScale(norm, 1))
        expect(norm / norms[step]!).toBeCloseTo(1, 6)
        for (const [i, expected] of after[step]!.entries()) {
          // Both sides keep float32 parameters of size about 1: 12 steps of rounding at 6e-8 each.
          for (const [j, value] of expected.entries()) {
            expect(Math.abs(parameters.get(`p${i}`)![j]! - value)).toBeLessThan(1e-6)
          }
        }
      }
    })
  }
})

describe.each(goldenVariants)('%s model', (variant) => {
  const golden = readGolden(variant)
  const { policy } = golden.logps
  const tokens = golden.pairs.map(({ realIds }) => realIds.length)

  test.each(['sigmoid', 'sigmoid-self', 'hinge', 'sigmoid-nll', 'ipo'] as const)(
    '%s: loss and metrics of PyTorch',
    (name) => {
      const expected = golden.losses[name]
      const opponent = expected.opponent === 'self' ? policy : golden.logps.perturbed
      const spin = spinLoss(
        {
          policyReal: policy.real,
          policyGenerated: policy.generated,
          opponentReal: opponent.real,
          opponentGenerated: opponent.generated,
          tokensReal: tokens,
          tokensGenerated: golden.pairs.map(({ generatedIds }) => generatedIds.length),
        },
        { beta: golden.beta, lossType: expected.loss_type },
      )
      const { nll } = tokenMeanNll(policy.real, tokens)
      expect(spin.loss).toBeCloseTo(expected.spinLoss, 12)
      expect(nll).toBeCloseTo(expected.nll, 12)
      expect(spin.loss + expected.nll_weight * nll).toBeCloseTo(expected.loss, 12)
      expect(mean(spin.rewardReal)).toBeCloseTo(expected.rewardReal, 12)
      expect(mean(spin.rewardGenerated)).toBeCloseTo(expected.rewardGenerated, 12)
      expect(mean(spin.margins)).toBeCloseTo(expected.margin, 12)
      expect(spin.accuracy).toBe(expected.accuracy)
    },
  )

  test('the lr of every step of both runs is that of the schedule', () => {
    for (const run of [golden.runs.rmsprop, golden.runs.adamw]) {
      const schedule = createSchedule({
        schedule: ScheduleSettings.parse({
          kind: 'linear',
          warmupRatio: 0.1,
          scheduleEpochs: 20,
          stopEpoch: 20,
        }),
        lr: run.lr,
        rows: golden.pairs.length,
        batchSize: golden.pairs.length,
      })
      expect(schedule).toMatchObject({ totalSteps: run.steps, warmupSteps: run.warmupSteps })
      for (const [step, { lr }] of run.perStep.entries()) {
        expect(schedule.learningRate(step)).toBeCloseTo(lr, 15)
      }
    }
  })
})

const mean = (values: Float64Array): number => values.reduce((sum, x) => sum + x, 0) / values.length
