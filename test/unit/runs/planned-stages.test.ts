import { describe, expect, it } from 'vitest'
import type { LiveProgress, StageSummary } from '../../../src/contract/app.ts'
import { plannedStages, type StageFacts } from '../../../src/main/runs/planned-stages.ts'
import { setupOf } from './recorded-loop.ts'

const { plan } = setupOf()
const done = (iteration: number, name: StageSummary['name'], seconds: number): StageSummary => ({
  iteration,
  name,
  state: 'done',
  seconds,
})
const base = [done(-1, 'reformat', 3), done(-1, 'evaluate', 60)]
const first = [
  done(0, 'generate', 100),
  done(0, 'gather', 2),
  done(0, 'finetune', 200),
  done(0, 'evaluate', 70),
]

function planned(facts: Partial<StageFacts>) {
  const stages = plannedStages({
    plan,
    imports: true,
    trainRows: 1600,
    testRows: 160,
    recorded: [],
    progress: null,
    savedRows: () => ({ train: 0, test: 0 }),
    lastStep: () => null,
    forecast: null,
    ...facts,
  })
  const left = stages.map(({ secondsLeft }) => secondsLeft)
  return {
    stages,
    at: (iteration: number, name: StageSummary['name']) =>
      stages.find((stage) => stage.iteration === iteration && stage.name === name)!,
    left: left.includes(null) ? null : left.reduce<number>((sum, seconds) => sum + (seconds ?? 0), 0),
  }
}
const progress = (changes: Partial<LiveProgress>): LiveProgress => ({
  iteration: 0,
  stage: 'generate',
  what: '',
  done: 0,
  total: 0,
  unit: 'rows',
  rate: null,
  tokensPerSecond: null,
  ...changes,
})

describe('the time that is left', () => {
  it('is unknown before anything was measured or forecast', () => {
    const { left, stages } = planned({ recorded: base })
    expect(left).toBeNull()
    expect(stages).toHaveLength(2 + 3 * 4)
  })

  it('is that of the stages of the iteration before, training in proportion to its pairs', () => {
    const { at, left } = planned({ recorded: [...base, ...first] })
    // Iterations after the first also train on the previous iteration's pairs.
    const twice = 200 * (1 + plan.iterations[1]!.previousFraction)
    expect(at(1, 'generate').secondsLeft).toBe(100)
    expect(at(1, 'evaluate').secondsLeft).toBe(70)
    expect(at(2, 'finetune').secondsLeft).toBeCloseTo(twice)
    expect(left).toBeCloseTo(2 * (100 + 2 + twice + 70))
  })

  it('comes from a forecast where nothing was measured, and from the measurement once it is there', () => {
    const iteration = { generate: 90, finetune: 150, evaluate: 50 }
    const later = { ...iteration, finetune: 290 }
    const forecast = { base: 40, iterations: [iteration, later, later], sft: null }
    const { left, at } = planned({ forecast, imports: false })
    expect(at(0, 'generate').secondsLeft).toBe(90)
    expect(at(2, 'finetune').secondsLeft).toBe(290)
    // Gathering counts as a second.
    expect(left).toBe(40 + (90 + 150 + 50 + 1) + 2 * (90 + 290 + 50 + 1))
    const later1 = planned({ forecast, recorded: [...base, ...first] })
    expect(later1.at(1, 'generate').secondsLeft).toBe(100)
    expect(later1.at(1, 'evaluate').secondsLeft).toBe(70)
    expect(later1.at(1, 'finetune').secondsLeft).toBeCloseTo((200 * 290) / 150)
    // The base's evaluation took half as long again as was forecast: so will the others.
    expect(planned({ forecast, recorded: base }).at(0, 'evaluate').secondsLeft).toBe((60 * 50) / 40)
  })

  it('follows the pace of the running stage, the held-out prompts included', () => {
    const running = { iteration: 0, name: 'generate' as const, state: 'running' as const, seconds: 40 }
    const facts = {
      recorded: [...base, running],
      progress: progress({ done: 400, total: 1600, rate: 10 }),
    }
    expect(planned(facts).at(0, 'generate')).toMatchObject({
      secondsLeft: 1200 / 10 + 160 / 10,
      expectedSeconds: 40 + 136,
      share: 400 / 1760,
    })
    const held = planned({
      ...facts,
      savedRows: () => ({ train: 1600, test: 0 }),
      progress: progress({ done: 80, total: 160, rate: 10 }),
    })
    expect(held.at(0, 'generate')).toMatchObject({ secondsLeft: 8, share: 1680 / 1760 })
  })

  it('does not believe a rate of the first ten seconds', () => {
    const running = { iteration: 0, name: 'generate' as const, state: 'running' as const, seconds: 4 }
    const { at } = planned({
      recorded: [...base, running],
      progress: progress({ done: 4, total: 1600, rate: 1 }),
    })
    expect(at(0, 'generate').secondsLeft).toBeNull()
  })

  it('of a stopped stage is told from its steps', () => {
    const stopped = { iteration: 0, name: 'finetune' as const, state: 'failed' as const, seconds: 30 }
    const { at } = planned({
      recorded: [...base, ...first.slice(0, 2), stopped],
      lastStep: (iteration) => (iteration === 0 ? { step: 30, totalSteps: 120 } : null),
    })
    expect(at(0, 'finetune')).toMatchObject({ share: 0.25, secondsLeft: 90 })
  })

  it('of plain SFT is half of the training that it is compared with', () => {
    const { at } = planned({ plan: { ...plan, compareSft: true }, recorded: [...base, ...first] })
    const training = [0, 1, 2].map((iteration) => at(iteration, 'finetune').expectedSeconds ?? 0)
    expect(at(-2, 'finetune').secondsLeft).toBeCloseTo(0.5 * training.reduce((sum, value) => sum + value))
    expect(at(-2, 'evaluate').secondsLeft).toBe(70)
  })
})
