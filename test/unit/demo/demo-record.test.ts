import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { LoopPlan } from '../../../src/contract/loop.ts'
import { demo } from '../../../src/main/demo/index.ts'
import { readDemoOptions } from '../../../src/main/demo/demo-options.ts'
import { demoLoopPlan, demoNumbers, demoSftSettings } from '../../../src/main/demo/demo-plan.ts'
import { openDemo } from '../../../src/main/demo/demo-record.ts'
import { startCostMeter } from '../../../src/main/demo/cost-meter.ts'

const dirs: string[] = []
let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'demo-'))
  dirs.push(dir)
})
afterAll(() => dirs.forEach((path) => rmSync(path, { recursive: true })))

describe('a demo folder', () => {
  it('goes on with what it was begun with, costs included', () => {
    const first = openDemo(dir, { seed: 1, plan: { lr: 3e-4 } })
    expect(first.continued).toBe(false)
    first.record.seconds = 12
    first.save()
    const second = openDemo(dir, { plan: { lr: 3e-4 }, seed: 1 })
    expect(second.continued).toBe(true)
    expect(second.record.seconds).toBe(12)
  })

  it('refuses other settings and says which', () => {
    openDemo(dir, { seed: 1, plan: { lr: 3e-4 } })
    expect(() => openDemo(dir, { seed: 2, plan: { lr: 3e-4 } })).toThrow(
      expect.objectContaining({ code: 'FILE_EXISTS' }),
    )
    expect(() => openDemo(dir, { seed: 2, plan: { lr: 3e-4 } })).toThrow(/seed: 1 → 2.*--out/)
  })

  it('does not take over a folder with other things in it', () => {
    writeFileSync(join(dir, 'thesis.txt'), 'words')
    expect(() => openDemo(dir, {})).toThrow(/not empty \(thesis\.txt\)/)
    expect(readFileSync(join(dir, 'thesis.txt'), 'utf8')).toBe('words')
  })

  it('says so when its record is damaged', () => {
    writeFileSync(join(dir, 'demo.json'), '{"format"')
    expect(() => openDemo(dir, {})).toThrow(expect.objectContaining({ code: 'FILE_UNREADABLE' }))
  })

  it('adds working time and the peak of both processes to the record', () => {
    const open = openDemo(dir, {})
    open.record.seconds = 100
    startCostMeter(open, () => process.pid).stop()
    const again = openDemo(dir, {}).record
    expect(again.seconds).toBeGreaterThan(100)
    expect(again.peakMainBytes).toBeGreaterThan(10e6)
    if (process.platform === 'linux') expect(again.peakEngineBytes).toBeGreaterThan(10e6)
  })
})

describe('the demo’s plan', () => {
  it('is a loop plan in which every planned iteration is made', () => {
    for (const iterations of [1, 2, 4]) {
      const plan = demoLoopPlan({ iterations, seed: 3 })
      expect(LoopPlan.parse(plan)).toEqual(plan)
      expect(plan.iterations).toHaveLength(iterations)
      expect(plan.stopRule.patience).toBeGreaterThanOrEqual(iterations)
      expect(plan.evaluation.samplesPerPrompt).toBeGreaterThanOrEqual(4)
    }
  })

  it('draws other samples in every iteration and for every seed', () => {
    const seeds = [1, 2, 3].flatMap((seed) =>
      demoLoopPlan({ iterations: 3, seed }).iterations.map((i) => i.generation.seed),
    )
    expect(new Set(seeds).size).toBe(9)
  })

  it('gives SFT as many steps as self-play had, on a schedule that ends there', () => {
    const { maxSteps, schedule, objective, batchSize } = demoSftSettings({ steps: 300, rows: 8000, seed: 1 })
    expect([objective, maxSteps]).toEqual(['sft', 300])
    // A schedule of whole steps: ⌈epochs · ⌈rows/batch⌉⌉, at most one more by rounding.
    const steps = Math.ceil(schedule.scheduleEpochs * Math.ceil(8000 / batchSize))
    expect(steps - 300).toBeGreaterThanOrEqual(0)
    expect(steps - 300).toBeLessThanOrEqual(1)
    expect(schedule.stopEpoch).toBe(schedule.scheduleEpochs)
  })
})

describe('the demo’s command line', () => {
  it('has defaults and takes --out, --iterations and --seed', () => {
    expect(readDemoOptions([])).toMatchObject({ iterations: demoNumbers.iterations, seed: demoNumbers.seed })
    expect(readDemoOptions(['--out', dir, '--iterations=1', '--seed', '7'])).toEqual({
      out: dir,
      iterations: 1,
      seed: 7,
    })
    expect(() => readDemoOptions(['--iteration', '1'])).toThrow('Did you mean --iterations?')
    expect(() => readDemoOptions(['--iterations', '0'])).toThrow(/1 or more/)
    expect(() => readDemoOptions([dir])).toThrow(/stands alone/)
  })

  it('prints its help and ends with 2 for a wrong option', async () => {
    let [out, error] = ['', '']
    const streams = {
      out: { write: (s: string) => (out += s) },
      error: { write: (s: string) => (error += s) },
    }
    expect(await demo(['--help'], streams)).toBe(0)
    expect(out).toContain('npm run demo')
    expect(out).toContain('[demo-out]')
    expect(await demo(['--sed', '1'], streams)).toBe(2)
    expect(error).toContain('Did you mean --seed?')
  })
})
