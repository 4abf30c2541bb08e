import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { PlannedStage } from '../../../src/contract/app/runs.ts'
import { AppError } from '../../../src/contract/errors.ts'
import type { App } from '../../../src/main/app.ts'
import { payAttention } from '../../../src/main/attention/attention.ts'
import { runFraction } from '../../../src/main/attention/run-fraction.ts'
import { createBenchmarkQueue } from '../../../src/main/benchmarks/benchmark-queue.ts'
import { createChangeBell } from '../../../src/main/change-bell.ts'
import type { HostProgress, HostServices, Notice } from '../../../src/main/host-services.ts'
import { createJudgings } from '../../../src/main/judge/judgings.ts'
import { runLoop } from '../../../src/main/loop/run-loop.ts'
import { openPreferences } from '../../../src/main/preferences/preferences.ts'
import { createProjects } from '../../../src/main/projects/projects.ts'
import { createRunBoard } from '../../../src/main/runs/run-board.ts'
import { openStore } from '../../../src/main/store/store.ts'
import { createSetup, temporaryFolder } from '../loop/project-fixture.ts'
import { createScriptedEngine, type Script } from '../loop/scripted-engine.ts'

/** The real board and loop over a scripted engine, and a host that writes down what it is told. */
function program(script: Script) {
  const home = temporaryFolder()
  const store = openStore({ path: join(home, 'app.sqlite') })
  const engine = createScriptedEngine(script)
  const bell = createChangeBell()
  const app = {
    store,
    engine,
    runLoop: (options) => runLoop({ ...options, store, engine }),
  } as Partial<App> as App
  const board = createRunBoard(app, bell)
  const preferences = openPreferences(home, bell)
  const notices: Notice[] = []
  const progress: (HostProgress | null)[] = []
  const awake: boolean[] = []
  const host: HostServices = {
    kind: 'desktop',
    versions: {},
    notify: (notice) => notices.push(notice),
    progress: (now) => progress.push(now),
    keepAwake: (on) => awake.push(on),
  }
  const projects = createProjects({
    store,
    inspector: engine,
    projectsDir: () => home,
    bell,
    liveRun: () => null,
    liveDir: () => null,
  })
  const benchmarks = createBenchmarkQueue({ store, evaluator: engine, bell, board, projects })
  const judgings = createJudgings({ store, evaluator: engine, bell, board })
  const attention = payAttention({ store, board, benchmarks, judgings, bell, preferences, host })
  onTestFinished(async () => {
    await attention.end()
    store.close()
  })
  /** `after`: what its choices wait for, so that a test sees the run before it begins. */
  const start = (after: Promise<void> = Promise.resolve()): void =>
    board.start({
      projectDir: join(home, 'project'),
      name: 'Helpdesk',
      setup: async () => {
        await after
        return createSetup(home, 1)
      },
    })
  return { home, store, board, preferences, attention, notices, progress, awake, start }
}

describe('attention', () => {
  it('keeps awake and shows progress while a run is live, and tells of its end once', async () => {
    const { start, notices, progress, awake, board } = program({ scores: [0.5, 0.6] })
    let begin: () => void = () => undefined
    start(new Promise((resolve) => (begin = resolve)))
    await expect.poll(() => awake, { timeout: 10_000 }).toEqual([true])
    begin()
    await expect.poll(() => awake, { timeout: 10_000 }).toEqual([true, false])
    expect(board.live()).toBeNull()
    expect(progress[0]).toMatchObject({ state: 'running' })
    expect(progress.at(-1)).toBeNull()
    expect(notices).toHaveLength(1)
    expect(notices[0]).toMatchObject({ title: 'Run 1 is done', open: { runId: 1 } })
    expect(notices[0]?.body).toMatch(/^Helpdesk: /)
  })

  it('tells why a run stopped, and leaves its mark until it was seen', async () => {
    const { start, notices, progress, attention } = program({
      scores: [0.5, 0.6],
      point: (name) => {
        if (name.startsWith('finetune'))
          throw new AppError('DISK_FULL', 'The project disk is full. Free at least 4.0 GB.\nmore lines')
      },
    })
    start()
    await expect
      .poll(() => notices, { timeout: 10_000 })
      .toEqual([
        {
          title: 'Run 1 stopped',
          body: 'Helpdesk: The project disk is full. Free at least 4.0 GB.',
          open: { projectId: expect.any(String), runId: 1 },
        },
      ])
    expect(progress.at(-1)).toMatchObject({ state: 'failed' })
    attention.seen()
    expect(progress.at(-1)).toBeNull()
  })

  it('says nothing of a pause that a person asked for, since that person knows', async () => {
    let reached: () => void = () => undefined
    const atGenerate = new Promise<void>((resolve) => {
      reached = resolve
    })
    const { start, board, notices, store } = program({
      scores: [0.5, 0.6],
      point: (name) => {
        if (name.startsWith('generate')) reached()
      },
    })
    start()
    await atGenerate
    await board.stop(1)
    expect(store.run(1)?.state).toBe('paused')
    expect(notices).toEqual([])
  })

  it('tells when a run could not even be started', async () => {
    const { home, board, notices } = program({ scores: [0.5] })
    board.start({
      projectDir: join(home, 'project'),
      setup: async () => {
        throw new AppError('FILE_NOT_FOUND', 'The starter is missing. Install the program again.')
      },
    })
    await expect.poll(() => notices.length, { timeout: 10_000 }).toBe(1)
    expect(notices[0]).toEqual({
      title: 'The run did not start',
      body: 'The starter is missing. Install the program again.',
      open: null,
    })
  })

  it('does as the preferences say', async () => {
    const { start, preferences, board, notices, awake, progress } = program({ scores: [0.5, 0.6] })
    preferences.set({ notifications: false, keepAwake: false })
    let begin: () => void = () => undefined
    start(new Promise((resolve) => (begin = resolve)))
    await expect.poll(() => progress.length, { timeout: 10_000 }).toBe(1)
    begin()
    await expect.poll(() => board.live(), { timeout: 10_000 }).toBeNull()
    expect([notices, awake]).toEqual([[], []])
  })
})

describe('runFraction', () => {
  const stage = (name: PlannedStage['name'], expectedSeconds: number | null, share: number | null) => ({
    name,
    expectedSeconds,
    share,
  })

  it('goes from 0 to 1, also of a plan without stages', () => {
    expect(runFraction([])).toBe(0)
    expect(runFraction([stage('generate', null, null), stage('finetune', null, 0)])).toBe(0)
    expect(runFraction([stage('generate', 10, 1), stage('finetune', 30, 1)])).toBe(1)
  })

  it('weighs a stage by the time that it is expected to take', () => {
    expect(runFraction([stage('generate', 10, 1), stage('finetune', 30, 0.5)])).toBeCloseTo(25 / 40, 9)
  })

  it('assumes of a stage that nothing is known of, in proportion to those that are', () => {
    // Training is assumed to take as long as generating, evaluating 0.3 of it.
    const stages = [stage('generate', 50, 1), stage('finetune', null, 0.5), stage('evaluate', null, null)]
    expect(runFraction(stages)).toBeCloseTo((50 + 25) / (50 + 50 + 15), 9)
  })
})
