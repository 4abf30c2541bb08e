import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { GateSettings, TrainingSettings } from '../../src/contract/settings.ts'
import { Decoder } from '../../src/engine/generation/decoder.ts'
import { sequenceSums, scoreSequences } from '../../src/engine/scoring/sequence-logps.ts'
import { gradientNorm } from '../../src/engine/training/gradient-norm.ts'
import { accumulateGradients } from '../../src/engine/training/layered-gradients.ts'
import { buildMicroBatch } from '../../src/engine/training/micro-batch.ts'
import { train } from '../../src/engine/training/trainer.ts'
import { folderOfTests } from '../temp-folder.ts'
import { openGoldenModel } from './golden-model.ts'
import { type GoldenLossCase, goldenVariants, readGoldenTensors, relativeDistance } from './read-golden.ts'
import { sequenceLogits } from './sequence-logits.ts'

// The reference numbers were computed in float64; plain float32 transformers differs from them by what golden.json
// writes down as `float32Noise` (logits 1e-5, losses 1e-6, gradients 1e-6, parameters 2e-6 … 8e-6 after 20 steps).
const tolerance = { logits: 1e-4, logps: 1e-4, loss: 1e-5, gradients: 1e-5, parameters: 1e-4 }

const dir = folderOfTests('spin-golden')

describe.each(goldenVariants)('%s model against transformers and PyTorch', (variant) => {
  const opened = openGoldenModel(variant)
  const { golden, model, eosIds } = opened
  afterAll(() => model.release())
  const rows = golden.pairs.map(({ promptIds, realIds, generatedIds }) => ({
    promptIds,
    realIds,
    generatedIds,
  }))
  const ends = rows.map(() => 0) // the opponent's EOS log-probs: no number here depends on them
  const logpsOf = (logps: { real: number[]; generated: number[] }) => ({
    real: Float32Array.from(logps.real),
    generated: Float32Array.from(logps.generated),
    realEos: Float32Array.from(ends),
  })

  test('logits', async () => {
    const reference = readGoldenTensors(variant, 'logits')
    for (const { name, tokenIds } of golden.logits) {
      const logits = await sequenceLogits(model, tokenIds)
      const { data } = reference.get(name)!
      expect(logits).toHaveLength(data.length)
      for (const [i, value] of data.entries())
        expect(Math.abs(logits[i]! - value)).toBeLessThan(tolerance.logits)
    }
  })

  test.each([
    ['policy', 'model/model.safetensors'],
    ['perturbed', 'opponent.safetensors'],
  ] as const)('summed log-probs of the %s model', async (name, file) => {
    const { model: scored } = openGoldenModel(variant, file)
    for (const side of ['real', 'generated'] as const) {
      const sequences = rows.map((row) => ({ promptIds: row.promptIds, responseIds: row[`${side}Ids`] }))
      const scoring = scoreSequences(scored, sequences, { batchSize: 3, eosIds })
      let next = await scoring.next()
      while (!next.done) next = await scoring.next()
      next.value.forEach(({ logp }, i) =>
        expect(Math.abs(logp - golden.logps[name][side][i]!)).toBeLessThan(tolerance.logps),
      )
    }
    await scored.release()
  })

  test.each(['sigmoid', 'sigmoid-self', 'hinge', 'sigmoid-nll', 'ipo'] as const)(
    '%s: loss and the gradient of every parameter',
    async (name: GoldenLossCase) => {
      const expected = golden.losses[name]
      const opponent = logpsOf(golden.logps[expected.opponent === 'self' ? 'policy' : 'perturbed'])
      const settings = TrainingSettings.parse({
        beta: golden.beta,
        lossType: expected.loss_type,
        nllWeight: expected.nll_weight,
        batchSize: 8,
        microBatch: 8,
        optimizer: { lr: 1 },
        schedule: {},
      })
      const totals = {
        rows: rows.length,
        realTokens: rows.reduce((sum, { realIds }) => sum + realIds.length, 0),
      }
      const { batch, terms } = buildMicroBatch(
        rows.map((_, i) => i),
        rows,
        opponent,
        totals,
        settings,
        eosIds,
      )
      const gradients = new Map(
        [...model.parameters].map(([weight, { length }]) => [weight, new Float32Array(length)]),
      )
      const { loss, logp, entropy } = await accumulateGradients(model, batch, terms, gradients)
      // Of its size: IPO's loss is near 1/(4β²) = 25.
      expect(Math.abs(loss - expected.loss)).toBeLessThan(tolerance.loss * Math.max(1, expected.loss))
      const entropies = entropy.filter((_, row) => batch.sequenceOf[row]! >= 0)
      const meanEntropy = entropies.reduce((sum, x) => sum + x, 0) / entropies.length
      expect(Math.abs(meanEntropy - expected.entropy)).toBeLessThan(tolerance.loss)
      expect(gradientNorm(gradients)() / expected.gradNorm).toBeCloseTo(1, 5)
      const sums = sequenceSums(batch, logp).map((score) => score.logp)
      golden.logps.policy.real.forEach((value, i) =>
        expect(Math.abs(sums[i]! - value)).toBeLessThan(tolerance.logps),
      )
      const reference = readGoldenTensors(variant, `grads-${name}`)
      expect([...gradients.keys()].toSorted()).toEqual([...reference.keys()].toSorted())
      for (const [weight, { shape, data }] of reference) {
        const one = new Map([[weight, { shape, data }]])
        expect(relativeDistance(gradients, one), weight).toBeLessThan(tolerance.gradients)
      }
    },
  )

  // DPO on a preference set is the same maths as SPIN on pairs: its reference, too, is the start model.
  test.each([
    ['rmsprop', 'spin'],
    ['adamw', 'spin'],
    ['rmsprop', 'dpo'],
  ] as const)(
    '20 steps of %s, objective %s: every loss on the way, and the parameters',
    async (kind, objective) => {
      const run = golden.runs[kind]
      const { model: trained } = openGoldenModel(variant)
      const outcome = train({
        model: trained,
        rows,
        opponent: logpsOf(golden.logps.policy),
        eosIds,
        gates: GateSettings.parse({}),
        settings: TrainingSettings.parse({
          objective,
          beta: golden.beta,
          nllWeight: run.nllWeight,
          batchSize: 8,
          microBatch: 4,
          guards: { enabled: false },
          optimizer: { kind, lr: run.lr, weightDecay: run.weightDecay, clipNorm: run.clipNorm },
          schedule: {
            kind: run.schedule,
            warmupSteps: run.warmupSteps,
            scheduleEpochs: run.steps,
            stopEpoch: run.steps,
          },
        }),
        checkpointDir: join(dir, variant, objective, kind),
        settingsHash: kind,
        heldOutNll: null,
        signal: new AbortController().signal,
      })
      let steps = 0
      for await (const metrics of outcome) {
        const expected = run.perStep[metrics.step]!
        expect(metrics.step).toBe(steps++)
        // The first step of every run is ln 2 and the losses are of order 1; float32 transformers itself is off by 2e-6.
        for (const key of ['loss', 'spinLoss', 'nll', 'rewardReal', 'rewardGenerated', 'margin'] as const) {
          expect(Math.abs(metrics[key] - expected[key]), `${key} of step ${metrics.step}`).toBeLessThan(
            tolerance.loss,
          )
        }
        expect(Math.abs(metrics.entropy! - expected.entropy)).toBeLessThan(tolerance.loss)
        expect(Math.abs(metrics.kl! - expected.kl)).toBeLessThan(tolerance.logps)
        // Until the first update with a learning rate above 0 every margin is 0, or rounding noise of either sign.
        if (metrics.step > run.perStep.findIndex(({ lr }) => lr > 0))
          expect(metrics.accuracy).toBe(expected.accuracy)
        expect(metrics.lr).toBeCloseTo(expected.lr, 15)
        expect(metrics.gradNorm / expected.gradNorm).toBeCloseTo(1, 4)
      }
      expect(steps).toBe(run.steps)
      // The norm over all parameters: of a bias whose keys turn by almost no angle (θ = 500 000) the gradient is nearly
      // zero, and an optimizer that divides by its size makes steps of rounding noise; float32 PyTorch does the same.
      expect(relativeDistance(trained.parameters, readGoldenTensors(variant, `after-${kind}`))).toBeLessThan(
        tolerance.parameters,
      )
      await trained.release()
    },
  )

  test.each([1, 3, 8])('greedy tokens of transformers, batches of %i', async (batchSize) => {
    const decoder = new Decoder(opened, { temperature: 0, topK: 0, topP: 1, maxNewTokens: 16, batchSize }, 1)
    const prompts = golden.greedy.map(({ promptIds }) => ({ ids: promptIds, seed: 0 }))
    for await (const part of decoder.answers(prompts)) {
      for (const { index, answer } of part.answered) {
        const { tokens, finishReason } = golden.greedy[index]!
        const isStop = finishReason === 'stop'
        expect(answer).toEqual({
          ids: isStop ? tokens.slice(0, -1) : tokens,
          finish: finishReason,
          eosId: isStop ? tokens.at(-1) : null,
        })
      }
    }
    await decoder.release()
  })
})
