import { describe, expect, it } from 'vitest'
import type { BenchmarkTaskData } from '../../../src/contract/benchmarks.ts'
import {
  firstChoice,
  resolveChoice,
  type MeasureChoice,
} from '../../../src/renderer/benchmarks/measure-choice.ts'
import { queueOf, shareDone } from '../../../src/renderer/benchmarks/queue.ts'
import { evaluationOf } from './recorded-evaluation.ts'

const data = (task: string, state: BenchmarkTaskData['state']): BenchmarkTaskData => ({
  task,
  title: task,
  own: false,
  kind: 'choice',
  shots: { 'harness-0.4.0': 25, 'harness-current': 25 },
  metric: 'acc_norm',
  state,
  questions: 10,
  expectedQuestions: 10,
  files: [],
  dataset: task,
  folder: task,
  problem: null,
})
const models = [-1, 0, 1, 2].map((iteration) => ({ iteration, dir: '/m', exists: iteration !== 2 }))
const tasks = [data('mmlu', 'ready'), data('gsm8k', 'wrong'), data('winogrande', 'missing')]
const resolve = (choice: Partial<MeasureChoice>, evaluations: ReturnType<typeof evaluationOf>[] = []) =>
  resolveChoice({ ...firstChoice, ...choice }, { models, evaluations }, tasks)

describe('what is measured', () => {
  it('is at first every model that is there, by every task whose data is right', () => {
    expect(resolve({})).toMatchObject({ models: [-1, 0, 1], tasks: ['mmlu'], blocked: null })
    expect(resolve({}).settings).toEqual({
      tasks: ['mmlu'],
      profile: 'harness-0.4.0',
      chatTemplate: false,
      limit: null,
      taskFiles: [],
    })
  })

  it('leaves out what these settings have measured already, or will', () => {
    const done = evaluationOf(1, 0, { mmlu: 0.5 })
    const waiting = evaluationOf(2, 1, { mmlu: 0 }, {}, { state: 'waiting', scores: [] })
    const other = evaluationOf(3, -1, { mmlu: 0.5 }, { limit: 50 })
    expect(resolve({}, [done, waiting, other]).models).toEqual([-1])
    expect(resolve({ models: [0] }, [done]).models).toEqual([0])
  })

  it('takes data that is not the published one only when asked, and none that is missing', () => {
    expect(resolve({ tasks: ['gsm8k', 'winogrande'] }).tasks).toEqual(['gsm8k'])
    expect(resolve({ models: [2, 0] }).models).toEqual([0])
  })

  it('says why it cannot start', () => {
    expect(resolve({ models: [] })).toMatchObject({ blocked: 'Tick at least one model', settings: null })
    expect(resolve({ tasks: ['winogrande'] }).blocked).toBe('Tick at least one task whose data is there')
    expect(resolve({ isQuick: true, quickQuestions: null }).blocked).toBe('Say how many questions a task')
  })

  it('has a limit only for a quick look, and chats only where the profile knows them', () => {
    expect(resolve({ isQuick: true }).settings?.limit).toBe(50)
    expect(resolve({ chatTemplate: true }).settings?.chatTemplate).toBe(false)
    expect(resolve({ chatTemplate: true, profile: 'harness-current' }).settings?.chatTemplate).toBe(true)
  })
})

describe('the queue', () => {
  const of = (id: number, state: 'waiting' | 'running' | 'paused' | 'failed' | 'done') =>
    evaluationOf(id, 0, { mmlu: 0 }, {}, { state })

  it('has what runs, then what needs a person, then what waits in its order', () => {
    const all = [
      of(6, 'waiting'),
      of(5, 'waiting'),
      of(4, 'done'),
      of(3, 'paused'),
      of(2, 'failed'),
      of(1, 'running'),
    ]
    expect(queueOf(all).map(({ id }) => id)).toEqual([1, 2, 3, 5, 6])
  })

  it('knows its share once something was counted', () => {
    const progress = { kind: 'progress' as const, stage: '', unit: '', rate: null, tokensPerSecond: null }
    expect(shareDone({ progress: null })).toBeNull()
    expect(shareDone({ progress: { ...progress, done: 0, total: 0 } })).toBeNull()
    expect(shareDone({ progress: { ...progress, done: 30, total: 40 } })).toBe(0.75)
  })
})
