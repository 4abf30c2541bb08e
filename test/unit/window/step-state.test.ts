import { expect, test } from 'vitest'
import type { HomeView, ProjectView } from '../../../src/contract/app.ts'
import { stepState } from '../../../src/renderer/components/step-state.ts'

type Run = NonNullable<ProjectView['run']>
const run: Run = {
  id: 12,
  projectId: 'p',
  project: 'Helpdesk',
  projectDir: '/p',
  model: 'small',
  dataset: 'd.jsonl',
  trainRows: 4000,
  state: 'running',
  errorCode: null,
  error: null,
  live: true,
  plannedIterations: 4,
  scores: [],
  sft: null,
  score: 'sampled',
  best: null,
  reason: null,
  createdAt: 1,
  startedAt: 1,
  finishedAt: null,
}
const fact = (changes: Partial<Run>, home: Partial<HomeView> = {}): string =>
  stepState(
    { draft: { data: null, modelDir: null, plan: null }, run: { ...run, ...changes } } as ProjectView,
    { liveRun: null, estimate: null, ...home } as HomeView,
    'run',
  ).fact

test('the run step says how far its stage is, or why nothing runs', () => {
  const estimate = { stageShare: 0.617 } as HomeView['estimate']
  expect(fact({}, { liveRun: 12, estimate })).toBe('61%')
  expect(fact({}, { liveRun: 12 })).toBe('Running')
  expect(fact({}, { liveRun: 7, estimate })).toBe('Running')
  expect(fact({ live: false, state: 'failed' })).toBe('Stopped')
  expect(fact({ live: false, state: 'paused' })).toBe('Paused')
  expect(fact({ live: false })).toBe('Interrupted')
  expect(fact({ live: false, state: 'finished' })).toBe('Run 12')
})
