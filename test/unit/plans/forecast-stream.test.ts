import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ForecastEvent, PlanChoice } from '../../../src/contract/app.ts'
import { prepareProject, signal, type PreparedProject } from './plan-fixture.ts'

let at: PreparedProject
let choice: PlanChoice

beforeAll(async () => {
  at = await prepareProject(60)
  choice = await at.handlers.calls.planFor(
    { projectId: at.projectId, preset: 'quick', iterations: 2, method: null },
    signal,
  )
  for (const { generation, training } of choice.plan.iterations) {
    generation.batchSize = 8
    training.microBatch = 4
  }
})
afterAll(() => at.dispose())

async function events(of: PlanChoice): Promise<ForecastEvent[]> {
  const found: ForecastEvent[] = []
  for await (const event of at.handlers.streams.forecast({ projectId: at.projectId, ...of }, signal))
    found.push(event)
  return found
}

test('a plan is measured once: iterations that differ in rate, β and data share a probe, and coming back costs nothing', async () => {
  const copy = structuredClone(choice)
  copy.plan.iterations[1]!.training.beta = 0.5
  copy.plan.iterations[1]!.training.optimizer.lr = 1e-5
  const first = await events(copy)
  expect(first.map(({ kind }) => kind)).toEqual(['measuring', 'done'])
  const done = first.at(-1)!
  if (done.kind !== 'done') throw new Error('expected the forecast last')
  const { forecast } = done
  expect(forecast.iterations).toHaveLength(2)
  for (const { generate, train, evaluate } of forecast.iterations)
    for (const seconds of [generate, train, evaluate]) expect(seconds).toBeGreaterThan(0)
  expect(forecast.iterations[1]!.train!).toBeGreaterThan(forecast.iterations[0]!.train!) // twice the pairs
  expect(forecast.memory.peakBytes).toBeGreaterThan(4 * 567_168)
  expect(forecast.disk.freeBytes).toBeGreaterThan(0)

  const longer = structuredClone(copy)
  longer.plan.iterations.forEach(({ training }) => {
    training.batchSize = 30
    training.schedule.scheduleEpochs = training.schedule.stopEpoch = 3
  })
  longer.plan.evaluation.limit = 3
  const startedAt = performance.now()
  const again = await events(longer)
  expect(again.map(({ kind }) => kind)).toEqual(['done'])
  expect(performance.now() - startedAt).toBeLessThan(1000) // arithmetic alone; a probe takes seconds
}, 60_000)

test('a forecast that is left ends, and the next one is measured', async () => {
  const other = structuredClone(choice)
  other.plan.iterations.forEach(({ training }) => (training.microBatch = 6))
  const stop = new AbortController()
  for await (const event of at.handlers.streams.forecast(
    { projectId: at.projectId, ...other },
    stop.signal,
  )) {
    expect(event.kind).toBe('measuring')
    break
  }
  stop.abort()
  const last = (await events(other)).at(-1)
  expect(last?.kind).toBe('done')
}, 60_000)

test('a plan that cannot be is refused', async () => {
  const bad = structuredClone(choice)
  bad.plan.iterations[0]!.training.maxLength = 100_000
  await expect(events(bad)).rejects.toMatchObject({ code: 'BAD_INPUT' })
})
