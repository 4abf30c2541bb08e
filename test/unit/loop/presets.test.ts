import { expect, test } from 'vitest'
import {
  adapterFor,
  lengthsFor,
  methodFor,
  officialPlan,
  quickLookPlan,
  workstationPlan,
} from '../../../src/contract/presets.ts'

test('the official plan is the published table', () => {
  const plan = officialPlan()
  expect(plan.iterations.map(({ training: t }) => [t.optimizer.lr, t.beta])).toEqual([
    [5e-7, 0.1],
    [5e-7, 0.1],
    [1e-7, 0.1],
    [1e-7, 5],
  ])
  for (const { training, generation } of plan.iterations) {
    expect(training).toMatchObject({
      lossType: 'sigmoid',
      nllWeight: 0,
      batchSize: 64,
      maxLength: 1024,
      maxPromptLength: 512,
      promptFormat: 'chat',
      optimizer: { kind: 'rmsprop', alpha: 0.99, eps: 1e-8, clipNorm: 1, weightDecay: 0 },
      schedule: {
        kind: 'linear',
        warmupRatio: 0.1,
        warmupSteps: null,
        finalRatio: 0,
        scheduleEpochs: 6,
        stopEpoch: 2,
      },
    })
    expect(generation).toMatchObject({ temperature: 0, maxNewTokens: 256, promptFormat: 'official' })
  }
  expect(
    officialPlan({ prompts: 'chat', iterations: 2 }).iterations.map((i) => i.generation.promptFormat),
  ).toEqual(['chat', 'chat'])
})

test('the workstation plan of a tiny model is the measured recipe', () => {
  const [first] = workstationPlan({ parameters: 340_000, rows: 4000, checkable: true }).iterations
  expect(first?.generation.temperature).toBe(1.4)
  expect(first?.training).toMatchObject({
    beta: 0.3,
    nllWeight: 1,
    batchSize: 64,
    optimizer: { kind: 'adamw', lr: 3e-4 },
    schedule: { kind: 'cosine', finalRatio: 0.1, warmupSteps: 10, stopEpoch: 2 },
  })
  expect(workstationPlan({ parameters: 340_000, rows: 1000 }).iterations[0]?.training.nllWeight).toBe(3)
})

test('larger models get smaller learning rates and β, never a colder opponent than 1, never less than the published range', () => {
  const sizes = [3e5, 4e6, 2e7, 1e8, 3e8, 1e9, 7e9]
  const plans = sizes.map((parameters) => workstationPlan({ parameters, rows: 3000 }).iterations[0]!)
  const falling = (values: number[]) => expect(values).toEqual(values.toSorted((a, b) => b - a))
  falling(plans.map((p) => p.training.optimizer.lr))
  falling(plans.map((p) => p.training.beta))
  falling(plans.map((p) => p.generation.temperature))
  for (const p of plans) expect(p.generation.temperature).toBeGreaterThanOrEqual(1)
  expect(plans.at(-1)?.training.optimizer.lr).toBe(5e-7)
})

test.each([
  ['lora', 'f32'],
  ['qlora8', 'int8'],
  ['qlora4', 'int4'],
] as const)(
  '%s: an adapter on %s weights, at ten times the learning rate, three times for a tiny model',
  (method, baseWeights) => {
    const options = { parameters: 1e8, rows: 3000 }
    const plan = workstationPlan({ ...options, adapter: adapterFor(method, { rank: 8 }) })
    const full = workstationPlan({ ...options, adapter: adapterFor('full') })
    for (const [i, { training }] of plan.iterations.entries()) {
      expect(training.adapter).toMatchObject({
        rank: 8,
        alpha: 32,
        targetModules: ['all-linear'],
        baseWeights,
      })
      const other = full.iterations[i]!.training
      expect(other.adapter).toBeNull()
      expect(training.optimizer.lr / other.optimizer.lr).toBeCloseTo(10, 10)
    }
    const [tiny] = workstationPlan({ parameters: 5e5, rows: 3000, adapter: adapterFor(method) }).iterations
    expect(tiny!.training.optimizer.lr).toBe(9e-4) // three times, as measured
  },
)

test('small data still gets some tens of updates', () => {
  const [first] = workstationPlan({ parameters: 1e6, rows: 200 }).iterations
  expect(
    (200 * (first?.training.schedule.stopEpoch ?? 0)) / (first?.training.batchSize ?? 1),
  ).toBeGreaterThanOrEqual(20)
})

test('a quick look is one pass over few rows, in several fractions, judged on few prompts', () => {
  const plan = quickLookPlan({ parameters: 5e8, rows: 50_000, checkable: true })
  expect(plan).toMatchObject({
    preset: 'quick',
    fracLen: 64,
    evaluation: { limit: 64, samplesPerPrompt: 1 },
    stopRule: { score: 'sampled' },
  })
  expect(plan.iterations).toHaveLength(1)
  const { batchSize, schedule } = plan.iterations[0]!.training
  expect(batchSize).toBe(15) // of 300 rows
  expect(schedule).toMatchObject({ scheduleEpochs: 1, stopEpoch: 1 })
})

test.each([
  [5e8, 64e9, 'full'],
  [1e9, 24e9, 'lora'],
  [7e9, 24e9, 'qlora8'],
  [13e9, 24e9, 'qlora4'],
] as const)('%d parameters on %d bytes of memory: %s', (parameters, memoryBytes, method) => {
  expect(methodFor(parameters, memoryBytes)).toBe(method)
})

test('limits follow the data in steps of 16 tokens and end where the context does', () => {
  expect(lengthsFor({ prompt: 40, answer: 100, whole: 120 }, 2048)).toEqual({
    maxNewTokens: 112,
    maxLength: 160,
  })
  expect(lengthsFor({ prompt: 100, answer: 900, whole: 990 }, 512)).toEqual({
    maxNewTokens: 412,
    maxLength: 512,
  })
  expect(lengthsFor({ prompt: 600, answer: 3, whole: 603 }, 512)).toEqual({
    maxNewTokens: 16,
    maxLength: 512,
  })
})
