import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { GateSettings, TrainingSettings } from '../../src/contract/settings.ts'
import { Decoder } from '../../src/engine/generation/decoder.ts'
import { parseModelConfig } from '../../src/engine/model/families/index.ts'
import { openSafetensors } from '../../src/engine/model/safetensors.ts'
import { opponentLogps } from '../../src/engine/training/opponent-logps.ts'
import { train } from '../../src/engine/training/trainer.ts'
import {
  familyNames,
  familyPath,
  openAdaptedFamily,
  openFamily,
  readFamilyGolden,
  readFamilyJson,
} from './family-model.ts'
import { expectedWeights } from '../../src/engine/model/weight-names.ts'
import { sequenceLogits } from './sequence-logits.ts'
import { folderOfTests } from '../temp-folder.ts'

// The reference numbers were computed in float64. Plain float32 transformers differs from them by up to 4e-5 in a logit
// and 3e-6 in a loss of the 20 steps (`float32Noise` in each golden.json): a float32 engine can be asked for no less.
const tolerance = { logit: 1e-4, loss: 1e-5 }

const dir = folderOfTests('spin-families')

describe.each(familyNames)('%s against transformers and PyTorch', (name) => {
  const golden = readFamilyGolden(name)

  test('config.json in the style of transformers 4 and of 5 is the same model, with these weights', () => {
    const file = openSafetensors(familyPath(name, 'model/model.safetensors'))
    const shapes = new Map([...file.tensors].map(([tensor, { shape }]) => [tensor, shape]))
    for (const contextLength of [16, 4096]) {
      const config = parseModelConfig(readFamilyJson(name, 'model/config.json'), { contextLength })
      expect(parseModelConfig(readFamilyJson(name, 'other-config.json'), { contextLength })).toEqual(config)
      expect(new Map([...shapes].toSorted())).toEqual(new Map([...expectedWeights(config)].toSorted()))
    }
  })

  test('logits of short and long sequences', async () => {
    const reference = openSafetensors(familyPath(name, 'logits.safetensors'))
    for (const { name: sequence, tokenIds } of golden.logits) {
      const { model } = openFamily(name, tokenIds.length)
      const logits = await sequenceLogits(model, tokenIds)
      await model.release()
      expect(largestDifference(logits, reference.read(sequence)), sequence).toBeLessThan(tolerance.logit)
    }
  })

  test('greedy tokens of transformers, with its cache and with ours', async () => {
    // Those two read short and long prompts with different frequencies, and one job with one set (see RopeContext).
    const isContextFree = !['phi3', 'phi4-mini'].includes(name)
    const jobs = isContextFree
      ? [golden.greedy]
      : [...Map.groupBy(golden.greedy, ({ contextLength }) => contextLength).values()]
    for (const job of jobs) {
      const { config, weights } = openFamily(name, Math.max(...job.map(({ contextLength }) => contextLength)))
      const decoder = new Decoder(
        { config, weights, eosIds: golden.eosIds },
        // Two at once: the third prompt takes a row that another has left.
        { temperature: 0, topK: 0, topP: 1, maxNewTokens: job[0]!.tokens.length, batchSize: 2 },
        1,
      )
      let answers = 0
      for await (const part of decoder.answers(job.map(({ promptIds }) => ({ ids: promptIds, seed: 0 })))) {
        for (const { index, answer } of part.answered) {
          expect(answer).toEqual({ ids: job[index]!.tokens, finish: 'length', eosId: null })
          answers++
        }
      }
      await decoder.release()
      expect(answers).toBe(job.length)
    }
  })

  test.each(['full', 'lora', 'dpo'] as const)(
    '20 steps of %s training: every loss on the way',
    async (run) => {
      const differences = await trainAsRecorded(run)
      expect(differences.loss).toBeLessThan(tolerance.loss)
      expect(differences.gradNorm).toBeLessThan(1e-4)
    },
  )

  /** Trains as the reference did; the largest differences of a loss and (relative) of a gradient norm. */
  async function trainAsRecorded(run: 'full' | 'lora' | 'dpo'): Promise<{ loss: number; gradNorm: number }> {
    const expected = golden.runs[run]
    const rows = golden[expected.rows]
    const open = run === 'lora' ? openAdaptedFamily : openFamily
    const { model } = await open(name, expected.contextLength)
    const signal = new AbortController().signal
    const scoring = opponentLogps({
      model,
      rows,
      eosIds: golden.eosIds,
      batchSize: 8,
      path: join(dir, `${name}-${run}.safetensors`),
      key: run,
      signal,
    })
    let scored = await scoring.next()
    while (!scored.done) scored = await scoring.next()
    const settings = TrainingSettings.parse({
      objective: run === 'dpo' ? 'dpo' : 'spin',
      beta: expected.beta,
      batchSize: rows.length,
      microBatch: rows.length,
      guards: { enabled: false },
      optimizer: {
        kind: 'adamw',
        lr: expected.lr,
        weightDecay: expected.weightDecay,
        clipNorm: expected.clipNorm,
      },
      schedule: {
        kind: 'linear',
        warmupSteps: expected.warmupSteps,
        scheduleEpochs: expected.steps,
        stopEpoch: expected.steps,
      },
    })
    const largest = { loss: 0, gradNorm: 0 }
    let steps = 0
    for await (const { step, loss, gradNorm, lr } of train({
      model,
      rows,
      opponent: scored.value,
      settings,
      gates: GateSettings.parse({}),
      eosIds: golden.eosIds,
      checkpointDir: join(dir, name, run),
      settingsHash: run,
      heldOutNll: null,
      signal,
    })) {
      const reference = expected.perStep[step]!
      expect(step).toBe(steps++)
      expect(lr).toBeCloseTo(reference.lr, 15)
      largest.loss = Math.max(largest.loss, Math.abs(loss - reference.loss))
      largest.gradNorm = Math.max(largest.gradNorm, Math.abs(gradNorm / reference.gradNorm - 1))
    }
    expect(steps).toBe(expected.steps)
    await model.release()
    return largest
  }
})

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a).toHaveLength(b.length)
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i]!)), 0)
}
