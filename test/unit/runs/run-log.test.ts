import { expect, it } from 'vitest'
import type { StepMetrics } from '../../../src/contract/engine.ts'
import type { LoopEvent } from '../../../src/contract/project.ts'
import { createRunLog } from '../../../src/main/runs/run-log.ts'
import { metrics, openedApp, recordedRun } from './recorded-loop.ts'

const stage = (name: 'generate' | 'finetune', state: 'started' | 'done', seconds = 0): LoopEvent => ({
  kind: 'stage',
  iteration: 0,
  stage: name,
  state,
  seconds,
})
const step = (n: number): LoopEvent => ({
  kind: 'engine',
  iteration: 0,
  stage: 'finetune',
  event: { kind: 'step', ...metrics(n, 10) } as StepMetrics,
})

it('tells of stages, fractions that are new, and a step 0 that training got past', () => {
  const opened = openedApp()
  const { store } = opened.app
  const runId = recordedRun(opened)
  const fraction = {
    split: 'train' as const,
    path: 'project:/x',
    rows: 800,
    sha256: 'a',
    capped: 0,
    empty: 0,
    generatedTokens: 1,
  }
  store.saveFractions(runId, 0, [{ ...fraction, fraction: 0 }])
  const log = createRunLog(store)
  const saved = (index: number): LoopEvent => ({
    kind: 'engine',
    iteration: 0,
    stage: 'generate',
    event: { kind: 'fraction', index, ...fraction },
  })
  log.note({ kind: 'run', runId, state: 'running' })
  log.note(stage('generate', 'started'))
  log.note(saved(0)) // on disk from before the interruption
  log.note(saved(1))
  store.saveFractions(runId, 0, [{ ...fraction, fraction: 1 }])
  log.note(stage('generate', 'done', 484))
  log.note(stage('finetune', 'started'))
  log.note(step(0))
  log.note(step(1))
  log.note(step(2))
  expect(
    store
      .eventPage(runId, 10)
      .map(({ message }) => message)
      .toReversed(),
  ).toEqual([
    'Generating answers for iteration 0',
    'Fraction 2 saved, 800 rows',
    'Generated 1,600 answers in 8 min 04 s',
    'Training iteration 0',
    'Step 0 loss 0.693, as expected',
  ])
})

it('names the fraction at which the engine was started again, and no step 0 of training that is continued', () => {
  const opened = openedApp()
  const { store } = opened.app
  const runId = recordedRun(opened)
  const log = createRunLog(store)
  log.note({ kind: 'run', runId, state: 'running' })
  log.note(stage('generate', 'started'))
  log.note({
    kind: 'engine',
    iteration: 0,
    stage: 'generate',
    event: { kind: 'log', level: 'warning', message: 'Memory ran out.', again: true },
  })
  store.saveMetrics(runId, 0, [metrics(0, 10), metrics(1, 10), metrics(2, 10)])
  log.note(stage('finetune', 'started'))
  log.note(step(0))
  log.note(step(1))
  const events = store.eventPage(runId, 10)
  expect(events.some(({ message }) => message.startsWith('Step 0'))).toBe(false)
  expect(store.eventsWith(runId, 'retried').map(({ data }) => JSON.parse(data))).toEqual([
    { iteration: 0, retried: { iteration: 0, split: 'train', fraction: 0 } },
  ])
})
