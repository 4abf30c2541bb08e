import { describe, expect, it } from 'vitest'
import type { RunView } from '../../../src/contract/app.ts'
import { RunView as RunViewSchema } from '../../../src/contract/app/runs.ts'
import { createChangeBell } from '../../../src/main/change-bell.ts'
import { createRunBoard } from '../../../src/main/runs/run-board.ts'
import { olderEvents } from '../../../src/main/runs/run-event-pages.ts'
import { watchRun } from '../../../src/main/runs/run-views.ts'
import { createStepPages, stepsPerPage } from '../../../src/main/runs/step-pages.ts'
import { metrics, openedApp, recordedRun } from './recorded-loop.ts'

const all = (length: number) => Array.from({ length }, (_, step) => metrics(step, length - 1))

function watched(steps = true) {
  const opened = openedApp()
  const { app } = opened
  const runId = recordedRun(opened)
  const bell = createChangeBell()
  const abort = new AbortController()
  const views = watchRun(app.store, createRunBoard(app, bell), bell, { runId, steps }, abort.signal)
  return { app, runId, bell, abort, views }
}

describe('the stream of a run', () => {
  it('carries 100,000 steps as pages of 2,000, each step once and in order, as fast as they are taken', async () => {
    const { app, runId, views } = watched()
    app.store.saveMetrics(runId, 0, all(100_000))
    const startedAt = performance.now()
    let last = -1
    let events = 0
    let longestMs = 0
    let view: RunView | undefined
    do {
      const askedAt = performance.now()
      const next = await views.next()
      longestMs = Math.max(longestMs, performance.now() - askedAt)
      if (next.done) throw new Error('The stream ended.')
      view = next.value
      expect(view.steps).toHaveLength(1)
      const [page] = view.steps
      expect(page!.step.length).toBeLessThanOrEqual(stepsPerPage)
      expect(page!.step[0]).toBe(last + 1)
      last = page!.step.at(-1)!
      events++
    } while (view.moreSteps)
    expect(last).toBe(99_999)
    expect(events).toBe(50)
    // No half second of rest between the pages: they would take 25 s.
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    expect(longestMs).toBeLessThan(1000)
    RunViewSchema.parse(view)
    await views.return(undefined)
  }, 60_000)

  it('goes on with the steps that are recorded while it is open, their working time counted on', async () => {
    const { app, runId, bell, views } = watched()
    app.store.saveMetrics(runId, 0, [metrics(0, 4), metrics(1, 4)])
    const first = await views.next()
    app.store.saveMetrics(runId, 0, [metrics(2, 4)])
    bell.ring()
    const second = await views.next()
    expect(Array.from(first.value!.steps[0]!.step)).toEqual([0, 1])
    expect(second.value!.steps[0]).toMatchObject({ iteration: 0, totalSteps: 4 })
    expect(Array.from(second.value!.steps[0]!.step)).toEqual([2])
    expect(second.value!.steps[0]!.seconds[0]).toBeCloseTo(0.6)
    expect(second.value!.steps[0]!.entropy[0]).toBeNaN()
    await views.return(undefined)
  })

  it('leaves the steps out for those who draw none', async () => {
    const { app, runId, views } = watched(false)
    app.store.saveMetrics(runId, 0, all(10))
    const { value } = await views.next()
    expect(value!.steps).toEqual([])
    expect(value!.lastStep).toMatchObject({ iteration: 0, step: 9 })
    await views.return(undefined)
  })

  it('gives the pages of an iteration after those of the one before', () => {
    const opened = openedApp()
    const runId = recordedRun(opened)
    opened.app.store.saveMetrics(runId, 0, all(3))
    opened.app.store.saveMetrics(runId, 1, all(2))
    const pages = createStepPages(opened.app.store, runId, [0, 1])
    expect([pages.next(), pages.next(), pages.next()].map((page) => page?.iteration)).toEqual([
      0,
      1,
      undefined,
    ])
  })

  it('fills the grid: saved, retried and planned fractions of both splits', async () => {
    const { app, runId, views } = watched()
    const fraction = { path: 'project:/x', sha256: 'a', capped: 8, empty: 1, generatedTokens: 9000 }
    app.store.saveFractions(runId, 0, [
      { ...fraction, split: 'train', fraction: 0, rows: 800 },
      { ...fraction, split: 'test', fraction: 0, rows: 160 },
    ])
    const retried = { iteration: 0, split: 'train', fraction: 0 }
    const event = { runId, createdAt: 1, level: 'info' as const, message: 'again' }
    app.store.saveEvent({ ...event, data: JSON.stringify({ retried }) })
    const { fractions } = (await views.next()).value!
    expect(fractions).toHaveLength(6)
    expect(fractions[0]).toMatchObject({ split: 'train', planned: 2, rows: 1600 })
    expect(fractions[0]!.saved).toMatchObject([{ index: 0, rows: 800, capped: 8, retried: true }])
    expect(fractions[1]).toMatchObject({ split: 'test', planned: 1, saved: [{ rows: 160, retried: false }] })
    expect(fractions[2]!.saved).toEqual([])
    await views.return(undefined)
  })
})

describe('the log of events', () => {
  it('is read in pages, newest first, to its beginning, and by warnings alone', () => {
    const opened = openedApp()
    const { store } = opened.app
    const runId = recordedRun(opened)
    for (let n = 0; n < 25; n++) {
      const level = n % 5 === 0 ? ('warning' as const) : ('info' as const)
      store.saveEvent({
        runId,
        createdAt: n,
        level,
        message: String(n),
        data: JSON.stringify({ good: n === 24 }),
      })
    }
    const first = olderEvents(store, { runId, beforeId: null, limit: 20, warningsOnly: false })
    const oldest = first.events.at(-1)!.id
    const second = olderEvents(store, { runId, beforeId: oldest, limit: 20, warningsOnly: false })
    expect(first.events[0]).toMatchObject({ message: '24', good: true })
    expect([first.more, second.more]).toEqual([true, false])
    expect([...first.events, ...second.events].map(({ message }) => Number(message))).toEqual(
      Array.from({ length: 25 }, (_, n) => 24 - n),
    )
    const warnings = olderEvents(store, { runId, beforeId: null, limit: 20, warningsOnly: true })
    expect(warnings.events.map(({ message }) => message)).toEqual(['20', '15', '10', '5', '0'])
  })
})
