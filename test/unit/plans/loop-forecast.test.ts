import { expect, test } from 'vitest'
import type { PlanChoice } from '../../../src/contract/app.ts'
import type { ImportResult, ModelCard } from '../../../src/contract/engine.ts'
import type { MeasuredGeneration, MeasuredTraining } from '../../../src/contract/forecast.ts'
import { workstationPlan } from '../../../src/contract/presets.ts'
import { stepsOf } from '../../../src/contract/stage-costs.ts'
import { loopForecast } from '../../../src/main/plans/loop-forecast.ts'
import type { PlanBasis } from '../../../src/main/plans/plan-basis.ts'

const generation: MeasuredGeneration = { startSeconds: 10, secondsPerAnswer: 0.5, peakBytes: 3e9 }
const training: MeasuredTraining = {
  secondsPerMicroBatch: 2,
  updateSeconds: 1,
  scoreSeconds: 0.25,
  peakBytes: 6e9,
  trained: 1e8,
  stateBytes: 8e8,
}
const size = {
  rows: 1000,
  heldOutRows: 100,
  promptTokens: 40,
  answerTokens: 60,
  setupSeconds: 5,
  modelBytes: 2e8,
  parameters: 1e8,
}
/** All rows of one length. */
const lengths = (tokens: number): number[] => Array.from({ length: 101 }, () => tokens)
const basis = {
  model: { parameters: 1e8, context: 2048, adapter: null, bytes: 2e8 } as ModelCard,
  data: { trainRows: 1000, testRows: 100 } as ImportResult,
  rows: {
    answer: lengths(60),
    prompt: lengths(40),
    whole: lengths(100),
    checkable: false,
    measured: 512,
    rows: 1000,
  },
  memoryBytes: 16e9,
  key: '',
} satisfies PlanBasis
const machine = { memoryBytes: 16e9, freeMemoryBytes: 12e9, freeDiskBytes: 500e9 }

/** Two iterations of 1000 rows, batch 50 in micro-batches of 5, two epochs, no held-out checks: 40 and 80 steps. */
function choiceOf(change: (choice: PlanChoice) => void = () => undefined): PlanChoice {
  const plan = workstationPlan({ parameters: 1e8, rows: 1000 })
  for (const { training: settings } of plan.iterations) {
    settings.microBatch = 5
    settings.guards.heldOutEverySteps = 0
  }
  const choice: PlanChoice = { plan, rowLimit: 0 }
  change(choice)
  return choice
}

const forecast = (choice: PlanChoice, given = machine, sft: MeasuredTraining | null = null) =>
  loopForecast({
    choice,
    basis,
    measured: { size, iterations: choice.plan.iterations.map(() => ({ generation, training })), sft },
    machine: given,
    duringRun: false,
  })

test('stages add up: what each iteration answers, trains on and evaluates, and the base once', () => {
  const found = forecast(choiceOf())
  const [first, second] = found.iterations
  expect(first!.generate).toBe(5 + 10 + 1100 * 0.5) // train and held-out rows are answered
  expect(first!.train).toBe(5 + (2000 / 5) * 2 + 40 * 1 + 1000 * 0.25)
  expect(second!.train).toBe(5 + (4000 / 5) * 2 + 80 * 1 + 2000 * 0.25) // with the pairs before
  expect(first!.evaluate).toBe(2 * 10 + 500 * 0.5 + 3.5 * 100 * 0.25)
  expect(found.base.evaluate).toBe(2 * 10 + 500 * 0.5 + 100 * 0.25) // no opponent to compare with
  const all = [found.base, ...found.iterations].flatMap(({ generate, train, evaluate }) => [
    generate,
    train,
    evaluate,
  ])
  expect(found.seconds).toBeCloseTo(
    all.reduce<number>((sum, seconds) => sum + (seconds ?? 0), 0),
    9,
  )
})

test('the range is what forecasts were off by when they were measured', () => {
  const { seconds, leastSeconds, mostSeconds } = forecast(choiceOf())
  expect(seconds / leastSeconds).toBeCloseTo(1.04, 9)
  expect(seconds / mostSeconds).toBeCloseTo(0.89, 9)
})

test('fewer rows cost less in every stage that uses them', () => {
  const whole = forecast(choiceOf())
  const part = forecast(choiceOf((choice) => (choice.rowLimit = 200)))
  expect(part.iterations[0]!.generate).toBe(5 + 10 + 300 * 0.5)
  expect(part.iterations[0]!.train!).toBeLessThan(whole.iterations[0]!.train! / 3)
  expect(part.iterations[0]!.evaluate).toBe(whole.iterations[0]!.evaluate)
})

test('every model and two checkpoints of each training stay on disk', () => {
  const { disk } = forecast(choiceOf())
  expect(disk).toMatchObject({ models: 2, modelBytes: 2e8, resumeBytes: 5 * (4e8 + 8e8) })
  expect(disk.bytes).toBe(4e8 + disk.resumeBytes + disk.answerBytes)
})

test('plain SFT is counted with its own steps and model', () => {
  const choice = choiceOf(({ plan }) => (plan.compareSft = true))
  const without = forecast(choiceOf())
  const found = forecast(choice, machine, { ...training, secondsPerMicroBatch: 1 })
  expect(found.sft?.train).toBe(5 + (120 * 50) / 5 + 120) // as many steps as 40 + 80, no opponent to score
  expect(found.disk.models).toBe(3)
  expect(found.seconds).toBeCloseTo(without.seconds + found.sft!.train! + found.sft!.evaluate!, 9)
})

test('what does not fit into memory is warned of, with half as much at once, then a smaller method', () => {
  const small = { ...machine, memoryBytes: 7e9 }
  const [warning] = forecast(choiceOf(), small).warnings
  expect(warning?.title).toContain('Training needs 6.00 GB and this machine has 7.00 GB')
  expect(warning?.fix).toMatchObject({ words: 'Train 3 at a time' })
  const single = choiceOf(({ plan }) => plan.iterations.forEach(({ training: t }) => (t.microBatch = 1)))
  const fix = forecast(single, small).warnings[0]?.fix
  expect(fix?.words).toBe('Train with LoRA')
  expect(fix?.patch[0]).toMatchObject({ path: 'plan.iterations.0.training.adapter', value: { rank: 16 } })
  expect(forecast(choiceOf()).warnings).toEqual([])
})

test('a full disk is warned of with what must be freed', () => {
  const [warning] = forecast(choiceOf(), { ...machine, freeDiskBytes: 1e9 }).warnings
  expect(warning?.path).toBe('disk')
  expect(warning?.message).toMatch(/Free at least 5\.\d+ GB/)
})

test('steps are counted as the schedule counts them', () => {
  const settings = choiceOf().plan.iterations[0]!.training
  expect(stepsOf({ ...settings, batchSize: 64 }, 1000)).toBe(32) // ⌈1000 / 64⌉ · 2
  expect(stepsOf({ ...settings, maxSteps: 7 }, 1000)).toBe(7)
  expect(
    stepsOf({ ...settings, schedule: { ...settings.schedule, scheduleEpochs: 6, stopEpoch: 0.5 } }, 1000),
  ).toBe(10)
})
