import { describe, expect, it } from 'vitest'
import type { HomeView, RunSummary } from '../../../src/contract/app.ts'
import { endBetween } from '../../../src/renderer/host/run-end.ts'
import { percentDone, titleOf } from '../../../src/renderer/host/window-title.ts'
import { homeView } from './home-view.ts'

const run = (change: Partial<RunSummary>): RunSummary => ({
  id: 12,
  projectId: 'p1',
  project: 'Replies',
  projectDir: '/p1',
  model: 'm',
  dataset: 'd',
  trainRows: 1,
  state: 'running',
  live: true,
  plannedIterations: 2,
  score: 'nll',
  scores: [],
  sft: null,
  best: null,
  reason: null,
  errorCode: null,
  error: null,
  createdAt: 0,
  startedAt: 0,
  finishedAt: null,
  ...change,
})
const estimate = (workedSeconds: number, secondsLeft: number | null) => ({
  workedSeconds,
  secondsLeft,
  doneAt: null,
  stageShare: null,
})
const live = homeView({ liveRun: 12, runs: [run({})] })
const ended = (change: Partial<RunSummary>): HomeView => homeView({ runs: [run({ live: false, ...change })] })

describe('endBetween', () => {
  it('tells of a finished run with its reason, and leads to the results', () => {
    expect(endBetween(live, ended({ state: 'finished', reason: 'All done.' }))).toMatchObject({
      title: 'Run 12 is done',
      text: 'Replies: All done.',
      step: 'results',
    })
  })

  it('tells of a failure by the first line of its message, and leads to the run', () => {
    const end = endBetween(live, ended({ state: 'failed', error: `${'x'.repeat(300)}\nat somewhere` }))
    expect(end).toMatchObject({ title: 'Run 12 stopped', step: 'run' })
    expect(end?.text).toHaveLength(200)
    expect(end?.text).not.toContain('somewhere')
  })

  it('says nothing of a pause or a cancel that was asked for, and something of one that was not', () => {
    const paused = ended({ state: 'paused', reason: 'The plan asks for it.' })
    expect(endBetween({ ...live, pausing: true }, paused)).toBeNull()
    expect(endBetween(live, paused)?.title).toBe('Run 12 has paused')
    expect(endBetween(live, ended({ state: 'paused', errorCode: 'CANCELLED' }))).toBeNull()
  })

  it('says nothing at the first look, and nothing while the run goes on', () => {
    expect(endBetween(null, ended({ state: 'finished' }))).toBeNull()
    expect(endBetween(live, live)).toBeNull()
  })
})

describe('the title of the window', () => {
  it('says how far the live run is, by time', () => {
    expect(titleOf({ liveRun: 12, estimate: estimate(61, 39) })).toBe('61% · Run 12 · SPIN Studio')
    expect(titleOf({ liveRun: 12, estimate: estimate(61, null) })).toBe('Run 12 · SPIN Studio')
    expect(titleOf(homeView({}))).toBe('SPIN Studio')
    expect(titleOf(null)).toBe('SPIN Studio')
  })

  it('never says 100 % before the end', () => {
    expect(percentDone({ estimate: estimate(999, 1) })).toBe(99)
    expect(percentDone({ estimate: estimate(0, 0) })).toBeNull()
  })
})
