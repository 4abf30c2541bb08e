import { expect, test } from 'vitest'
import type { PlanChoice } from '../../../src/contract/app.ts'
import type { DeviceChoice } from '../../../src/contract/devices.ts'
import type { ImportResult, ModelCard } from '../../../src/contract/engine.ts'
import { workstationPlan } from '../../../src/contract/presets.ts'
import { deviceMemory } from '../../../src/main/plans/device-memory.ts'
import type { MeasuredPlan } from '../../../src/main/plans/loop-forecast.ts'
import { deviceWarnings } from '../../../src/main/plans/memory-warnings.ts'
import type { PlanBasis } from '../../../src/main/plans/plan-basis.ts'

const lengths = (tokens: number): number[] => Array.from({ length: 101 }, () => tokens)
/** SmolLM2-135M's shapes, bf16. */
const basis = {
  model: {
    parameters: 134.5e6,
    bytes: 269e6,
    layers: 30,
    hidden: 576,
    heads: 9,
    kvHeads: 3,
    vocab: 49_152,
    context: 8192,
    adapter: null,
  } as ModelCard,
  data: { trainRows: 1000, testRows: 100 } as ImportResult,
  rows: {
    answer: lengths(200),
    prompt: lengths(100),
    whole: lengths(300),
    checkable: false,
    measured: 512,
    rows: 1000,
  },
  memoryBytes: 16e9,
  key: '',
} satisfies PlanBasis

const measured = (iterations: number): MeasuredPlan => ({
  size: {} as MeasuredPlan['size'],
  iterations: Array.from({ length: iterations }, () => ({
    generation: { startSeconds: 1, secondsPerAnswer: 1, peakBytes: 1e9 },
    training: {
      secondsPerMicroBatch: 1,
      updateSeconds: 1,
      scoreSeconds: 1,
      peakBytes: 1e9,
      trained: 134.5e6,
      stateBytes: 8 * 134.5e6,
    },
  })),
  sft: null,
})

function choiceOf(change: (choice: PlanChoice) => void = () => undefined): PlanChoice {
  const choice: PlanChoice = { plan: workstationPlan({ parameters: 134.5e6, rows: 1000 }), rowLimit: 0 }
  for (const { training } of choice.plan.iterations) {
    training.adapter = null
    training.optimizer.stateBits = 32
    training.microBatch = 4
  }
  change(choice)
  return choice
}
const device = (id: string, memoryBytes: number | null): DeviceChoice => ({
  id,
  name: id,
  memoryBytes,
  by: 'option',
  why: '',
  cause: null,
  notice: null,
})
const on = (id: string, choice = choiceOf()) => {
  const found = deviceMemory(choice, basis, measured(choice.plan.iterations.length), device(id, 4e9))
  return Object.fromEntries(found!.stages.map(({ stage, peakBytes }) => [stage, peakBytes]))
}

test('the processor has no memory of its own; an unknown device neither', () => {
  expect(deviceMemory(choiceOf(), basis, measured(2), device('cpu', 16e9))).toBeNull()
  expect(deviceMemory(choiceOf(), basis, measured(2), null)).toBeNull()
})

test('WebGPU holds weights, gradients and moments while it trains, CUDA those of one program, or an adapter’s frozen base', () => {
  const weights = 4 * basis.model.parameters
  const webgpu = on('webgpu')
  // 16 bytes a parameter, and activations of 4 pairs of 300 tokens.
  expect(webgpu['train']! - 4 * weights).toBeGreaterThan(4 * 8 * 300 * 576 * 30)
  expect(webgpu['train']).toBeLessThan(4 * weights + 2e9)
  const cuda = on('cuda:0')
  expect(cuda['train']).toBeLessThan(weights + 2e9)
  const lora = choiceOf(({ plan }) =>
    plan.iterations.forEach(
      ({ training }) =>
        (training.adapter = {
          rank: 8,
          alpha: 16,
          dropout: 0,
          baseWeights: 'int4',
        } as typeof training.adapter),
    ),
  )
  expect(on('cuda:0', lora)['train']).toBeGreaterThan(0.5625 * (basis.model.parameters - 49_152 * 576))
  const eightBit = choiceOf(({ plan }) =>
    plan.iterations.forEach(({ training }) => (training.optimizer.stateBits = 8)),
  )
  // Moments of 8 bits are the processor's.
  expect(webgpu['train']! - on('webgpu', eightBit)['train']!).toBe(8 * 134.5e6)
})

test('generation holds weights and the cache of all slots, in the checkpoint’s own type on CUDA; TensorFlow none', () => {
  const slots = (count: number) =>
    choiceOf(({ plan }) => plan.iterations.forEach(({ generation }) => (generation.batchSize = count)))
  const { maxNewTokens } = choiceOf().plan.iterations[0]!.generation
  const perSlot = (id: string): number => on(id, slots(17))['generate']! - on(id, slots(16))['generate']!
  const cache = 2 * 30 * 3 * 64 * (100 + maxNewTokens)
  expect(perSlot('webgpu')).toBeCloseTo(4 * cache + 12 * 49_152, 0)
  expect(perSlot('cuda:0')).toBeCloseTo(2 * cache + 12 * 49_152, 0)
  expect(on('tensorflow')['generate']).toBe(0)
})

test('what does not fit the device is said with what to change; nothing where it does not say what it has', () => {
  const choice = choiceOf()
  const found = (memoryBytes: number | null) =>
    deviceWarnings({
      choice,
      basis,
      device: deviceMemory(
        choice,
        basis,
        measured(choice.plan.iterations.length),
        device('webgpu', memoryBytes),
      ),
    })
  expect(found(80e9)).toEqual([])
  expect(found(null)).toEqual([])
  const [training] = found(2e9)
  expect(training!.title).toMatch(/^Training needs about .* GB on webgpu, which has 2\.00 GB\.$/)
  expect(training!.fix).toMatchObject({ words: 'Train 2 at a time' })
})
