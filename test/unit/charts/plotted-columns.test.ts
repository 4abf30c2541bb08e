import { describe, expect, it } from 'vitest'
import type { StepColumns } from '../../../src/contract/app.ts'
import { movedCursor, pointAt } from '../../../src/renderer/charts/chart-cursor.ts'
import { plottedColumns, scopeOf } from '../../../src/renderer/charts/plotted-columns.ts'
import {
  addSteps,
  emptySteps,
  metricNames,
  smoothing,
  type RunSteps,
} from '../../../src/renderer/charts/run-steps.ts'

function page(
  iteration: number,
  from: number,
  length: number,
  value: (step: number) => number,
  totalSteps = from + length - 1,
): StepColumns {
  const step = Float32Array.from({ length }, (_, i) => from + i)
  const column = step.map(value)
  const columns = Object.fromEntries(metricNames.map((name) => [name, column]))
  return { iteration, totalSteps, step, seconds: step, ...columns } as StepColumns
}
const paged = (length: number, value: (step: number) => number, size = 2000): RunSteps => {
  let steps = emptySteps
  for (let from = 0; from < length; from += size)
    steps = addSteps(steps, [page(0, from, Math.min(size, length - from), value)])
  return steps
}

describe('steps in pages', () => {
  it('give the same raw and smoothed columns as all at once', () => {
    const value = (step: number): number => Math.sin(step / 50) + (step % 7) / 10
    const inPages = paged(10_000, value, 333).iterations[0]!
    const atOnce = addSteps(emptySteps, [page(0, 0, 10_000, value)]).iterations[0]!
    expect(inPages.length).toBe(10_000)
    expect(inPages.raw.loss).toEqual(atOnce.raw.loss)
    expect(inPages.smooth.loss).toEqual(atOnce.smooth.loss)
    expect(atOnce.smooth.loss[0]).toBe(atOnce.raw.loss[0])
    expect(atOnce.smooth.loss[1]).toBeCloseTo(smoothing * value(0) + (1 - smoothing) * value(1))
  })

  it('replace what follows when training starts over, and views handed out before keep their numbers', () => {
    const before = addSteps(emptySteps, [page(0, 0, 10, () => 1)])
    const after = addSteps(before, [page(0, 4, 3, () => 2, 9)])
    expect(Array.from(after.iterations[0]!.step)).toEqual([0, 1, 2, 3, 4, 5, 6])
    expect(Array.from(before.iterations[0]!.raw.loss)).toEqual(Array(10).fill(1))
  })

  it('lie one iteration after the other, the last as long as it is planned; plain SFT is left out', () => {
    const steps = addSteps(emptySteps, [
      page(1, 0, 5, () => 1, 100),
      page(0, 0, 11, () => 1),
      page(-2, 0, 9, () => 1),
    ])
    expect(steps.iterations.map(({ iteration, startsAt }) => [iteration, startsAt])).toEqual([
      [0, 0],
      [1, 11],
    ])
    expect(steps.end).toBe(111)
  })

  it('without a value are skipped by the smoothing', () => {
    const steps = addSteps(emptySteps, [page(0, 0, 3, (step) => (step === 1 ? Number.NaN : 4))])
    expect(Array.from(steps.iterations[0]!.smooth.kl)).toEqual([4, 4, 4])
    expect(plottedColumns(steps, scopeOf(steps, null), ['kl'], 100)[1]).toEqual([4, null, 4])
  })
})

describe('what is drawn', () => {
  it('of 100,000 steps is two points a pixel, and no extreme is lost', () => {
    const value = (step: number): number =>
      step === 54_321 ? 9 : step === 77_777 ? -9 : Math.sin(step / 900)
    const steps = paged(100_000, value)
    const startedAt = performance.now()
    const [x, raw, smooth] = plottedColumns(steps, scopeOf(steps, null), ['loss'], 500)
    const tookMs = performance.now() - startedAt
    expect(x!.length).toBeLessThanOrEqual(1002)
    expect(raw!.length).toBe(x!.length)
    expect(smooth!.length).toBe(x!.length)
    expect(Math.max(...(raw as number[]))).toBe(9)
    expect(Math.min(...(raw as number[]))).toBe(-9)
    expect(x!.at(-1)).toBe(99_999)
    for (let i = 1; i < x!.length; i++) expect(x![i]!).toBeGreaterThanOrEqual(x![i - 1]!)
    // One of fourteen charts; a task may take 50 ms.
    expect(tookMs).toBeLessThan(50)
  })

  it('of few steps is every one of them, with a break between iterations', () => {
    const steps = addSteps(emptySteps, [page(0, 0, 3, (step) => step), page(1, 0, 2, () => 7)])
    const [x, raw] = plottedColumns(steps, scopeOf(steps, null), ['loss'], 400)
    expect(x).toEqual([0, 1, 2, 2.5, 3, 4])
    expect(raw).toEqual([0, 1, 2, null, 7, 7])
    const [own] = plottedColumns(steps, scopeOf(steps, 1), ['loss'], 400)
    expect(own).toEqual([3, 4])
  })
})

describe('the shared cursor', () => {
  const steps = addSteps(emptySteps, [page(0, 0, 3, () => 1), page(1, 0, 4, () => 1, 10)])
  const scope = scopeOf(steps, null)

  it('stands on the nearest recorded step', () => {
    expect(pointAt(steps, scope, 1.4)).toMatchObject({ index: 1, x: 1 })
    expect(pointAt(steps, scope, 9)).toMatchObject({ index: 3, x: 6 })
    expect(pointAt(emptySteps, scope, 9)).toBeNull()
  })

  it('moves by steps over the boundary of iterations and stops at the ends', () => {
    expect(movedCursor(steps, scope, null, -1)).toBe(6)
    expect(movedCursor(steps, scope, 3, -1)).toBe(2)
    expect(movedCursor(steps, scope, 2, 1)).toBe(3)
    expect(movedCursor(steps, scope, 2, 10)).toBe(6)
    expect(movedCursor(steps, scope, 2, -10)).toBe(0)
    expect(movedCursor(steps, scopeOf(steps, 1), 4, -10)).toBe(3)
  })
})
