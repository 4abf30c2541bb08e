import { expect, test } from 'vitest'
import { comparedRun } from '../../../src/main/compare/compared-runs.ts'
import { listRuns } from '../../../src/main/compare/listed-runs.ts'
import { runCurves } from '../../../src/main/compare/run-curves.ts'
import type { MetricsRow } from '../../../src/main/store/measurement-queries.ts'
import { recordRun, temporaryHome } from '../results/result-fixture.ts'

const base = () => 1
const better = () => 3

function step(number: number): MetricsRow {
  return {
    step: number,
    totalSteps: 999,
    epoch: 0,
    loss: 1,
    spinLoss: number,
    nll: 1,
    rewardReal: 0,
    rewardGenerated: -number,
    margin: number,
    accuracy: 0.5,
    logpReal: 0,
    logpGenerated: 0,
    realShift: 0,
    eosShift: 0,
    entropy: null,
    kl: null,
    klPerToken: null,
    gradNorm: 1,
    lr: 1,
    tokensPerSecond: 1,
    stepMs: 3600,
  }
}

test('a run stands with the change of each test from its own base', async () => {
  const { store, runId } = recordRun({ [-1]: base, 0: better }, { best: 0 })
  const compared = await comparedRun(store, { runId, iteration: null }, null)
  expect(compared).toMatchObject({ iteration: 0, score: 75, run: { id: runId, project: 'Recorded' } })
  expect(compared.changes.find(({ testId }) => testId === 'sampled')).toMatchObject({
    mean: 50,
    low: 50,
    high: 50,
  })
  expect(compared.changes.find(({ testId }) => testId === 'nll')).toMatchObject({ low: null, high: null })
  expect((await comparedRun(store, { runId, iteration: -1 }, null)).changes).toEqual([])
})

test('a long curve is thinned to means of neighbours, a short one is kept whole', async () => {
  const { store, runId } = recordRun({ [-1]: base, 0: better }, { best: 0 })
  store.saveMetrics(
    runId,
    0,
    Array.from({ length: 1000 }, (_, i) => step(i)),
  )
  store.saveMetrics(runId, 1, [step(0), step(1)])
  const [long, short] = await runCurves(store, runId, 3)
  expect(long!.step).toHaveLength(334)
  expect(long!.loss.slice(0, 3)).toEqual(Float32Array.of(1, 4, 7)) // means of 0–2, 3–5, 6–8
  expect(long!.hours[1]).toBeCloseTo(3 / 1000, 6)
  expect([...short!.step]).toEqual([0, 1])
})

test('every word of a search is found in names, notes or tags, page after page', async () => {
  const home = temporaryHome()
  const { store, runId } = recordRun({ [-1]: base }, { home, best: -1 })
  store.saveRunNote(runId, { note: 'Colder opponent', tags: '["helpdesk"]', inUse: null }, 1)
  const find = (search: string, limit = 10) => listRuns(store, { search, beforeId: null, limit }, null)
  expect((await find('cold HELP')).runs.map(({ id, tags }) => [id, tags])).toEqual([[runId, ['helpdesk']]])
  expect((await find('rows.jsonl')).runs).toHaveLength(1)
  expect((await find('warmer')).runs).toEqual([])
  expect((await listRuns(store, { search: '', beforeId: runId, limit: 10 }, null)).runs).toEqual([])
})
