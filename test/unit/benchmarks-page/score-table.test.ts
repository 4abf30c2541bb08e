import { describe, expect, it } from 'vitest'
import type { PublishedRow } from '../../../src/contract/app/benchmarks.ts'
import { averageTest, bestIteration, taskTest } from '../../../src/renderer/benchmarks/chart-scores.ts'
import { publishedBeside, scoreTable } from '../../../src/renderer/benchmarks/score-table.ts'
import { settingsGroups, settingsName } from '../../../src/renderer/benchmarks/settings-groups.ts'
import { metricRows, subjectTrees, tableScores } from '../../../src/renderer/benchmarks/subject-tree.ts'
import { tableCsv, tableMarkdown } from '../../../src/renderer/benchmarks/table-text.ts'
import { evaluationOf, scoreOf, six } from './recorded-evaluation.ts'

const order = [-1, -2, 0, 1]
const published: PublishedRow[] = [
  {
    label: 'SPIN iteration 0',
    source: 'SPIN paper, table 3',
    profile: 'harness-0.4.0',
    scores: { arc_challenge: 63.4, mmlu: 58.93 },
    average: 62.86,
  },
]

describe('the table of scores', () => {
  it('never mixes settings: each profile, template and limit is a table of its own', () => {
    const groups = settingsGroups([
      evaluationOf(4, 0, { mmlu: 0.5 }, { limit: 50 }),
      evaluationOf(3, 0, { mmlu: 0.6 }, { profile: 'harness-current' }),
      evaluationOf(2, -1, { mmlu: 0.4 }, { limit: 50 }),
      evaluationOf(1, 0, { mmlu: 0.7 }, { profile: 'harness-current', chatTemplate: true }),
    ])
    expect(groups.map(({ evaluations }) => evaluations.map(({ id }) => id))).toEqual([[4, 2], [3], [1]])
    expect(groups.map(({ settings }) => settingsName(settings))).toEqual([
      'As the paper measured, first 50 questions',
      'As measured today, all questions',
      'As measured today, as chats, all questions',
    ])
  })

  it('has the six in the paper’s order, own tasks after them, rows as the run has its models', () => {
    const [group] = settingsGroups([
      evaluationOf(2, 1, { hellaswag: 0.3, zebra: 0.2, arc_challenge: 0.4, ant: 0.9 }),
      evaluationOf(1, -1, { arc_challenge: 0.3 }),
    ])
    const table = scoreTable(group!, order)
    expect(table.columns).toEqual(['arc_challenge', 'hellaswag', 'ant', 'zebra'])
    expect(table.rows.map(({ iteration }) => iteration)).toEqual([-1, 1])
    expect(table.rows.map(({ average }) => average)).toEqual([null, null])
    expect(table.rows[1]?.measured).toBe(2)
  })

  it('marks the best of a column where there is something to be better than', () => {
    const [group] = settingsGroups([
      evaluationOf(2, 0, { arc_challenge: 0.4, mmlu: 0.5 }),
      evaluationOf(1, -1, { arc_challenge: 0.5 }),
    ])
    const [base, own] = scoreTable(group!, order).rows
    expect(base?.cells.get('arc_challenge')?.isBest).toBe(true)
    expect(own?.cells.get('arc_challenge')?.isBest).toBe(false)
    expect(own?.cells.get('mmlu')?.isBest).toBe(false)
    const [same] = settingsGroups([evaluationOf(2, 0, six(0.5)), evaluationOf(1, -1, six(0.5))])
    const { rows } = scoreTable(same!, order)
    expect(rows.some(({ cells, average }) => average?.isBest || cells.get('mmlu')?.isBest)).toBe(false)
  })

  it('averages the six, with the error of a mean of six independent scores', () => {
    const [group] = settingsGroups([
      evaluationOf(2, 0, { ...six(0.5), own_task: 0.1 }),
      evaluationOf(1, -1, { ...six(0.4), gsm8k: { value: 0.1 } }),
    ])
    const [base, own] = scoreTable(group!, order).rows
    expect(own?.average?.value).toBeCloseTo(0.5, 12)
    expect(own?.average?.stderr).toBeCloseTo(0.012 / Math.sqrt(6), 12)
    expect(own?.average?.isBest).toBe(true)
    expect(base?.average?.value).toBeCloseTo(0.35, 12)
    const withoutError = settingsGroups([
      evaluationOf(1, 0, { ...six(0.4), mmlu: { value: 0, stderr: null } }),
    ])
    expect(scoreTable(withoutError[0]!, order).rows[0]?.average?.stderr).toBeNull()
  })

  it('takes the newer of two scores, and joins tasks that were measured apart', () => {
    const [group] = settingsGroups([
      evaluationOf(3, 0, { mmlu: 0.7 }),
      evaluationOf(2, 0, { mmlu: 0.6, gsm8k: 0.2 }),
    ])
    const [row] = scoreTable(group!, order).rows
    expect(row?.cells.get('mmlu')).toMatchObject({ evaluationId: 3, score: { value: 0.7 } })
    expect(row?.cells.get('gsm8k')).toMatchObject({ evaluationId: 2 })
  })

  it('says which tasks were not measured on the same files', () => {
    const provenance = (sha256: string) => ({
      modelSha256: 'm',
      profile: 'harness-0.4.0' as const,
      chatTemplate: false,
      limit: null,
      dataSha256: { mmlu: sha256, gsm8k: 'same' },
      versions: {},
    })
    const values = { mmlu: 0.5, gsm8k: 0.5 }
    const [group] = settingsGroups([
      evaluationOf(2, 0, values, {}, { provenance: provenance('a') }),
      evaluationOf(1, -1, values, {}, { provenance: provenance('b') }),
    ])
    expect(scoreTable(group!, order).mixedData).toEqual(['MMLU'])
  })

  it('has published rows beside it only where they were measured alike', () => {
    const beside = (settings: Parameters<typeof evaluationOf>[3]) =>
      publishedBeside(settingsGroups([evaluationOf(1, 0, { mmlu: 0.5 }, settings)])[0]!, published)
    expect(beside({})).toEqual({ rows: published, why: null })
    expect(beside({ limit: 50 })).toEqual({ rows: [], why: 'limit' })
    expect(beside({ profile: 'harness-current' })).toEqual({ rows: [], why: 'profile' })
    expect(beside({ profile: 'harness-current', chatTemplate: true })).toEqual({ rows: [], why: 'chat' })
  })
})

describe('what a task has beside its number', () => {
  const gsm8k = [
    scoreOf('gsm8k', { metric: 'exact_match', filter: 'flexible-extract', value: 0.4, primary: false }),
    scoreOf('gsm8k', { metric: 'exact_match', filter: 'strict-match', value: 0.3 }),
  ]
  const mmlu = [
    scoreOf('mmlu', 0.5),
    scoreOf('mmlu', { metric: 'acc_macro', value: 0.48, primary: false }),
    scoreOf('mmlu_stem', { partOf: 'mmlu', value: 0.4 }),
    scoreOf('mmlu_college_physics', { partOf: 'mmlu_stem', value: 0.45 }),
    scoreOf('mmlu_anatomy', { partOf: 'mmlu_stem', value: 0.35 }),
  ]
  const arc = [scoreOf('arc_challenge', 0.3)]
  const [group] = settingsGroups([evaluationOf(1, 0, six(0), {}, { scores: [...gsm8k, ...mmlu, ...arc] })])
  const table = scoreTable(group!, order)
  const scores = tableScores(group!, table)

  it('is every metric of a task with several, the tabled one first', () => {
    expect(
      metricRows(scores, table.columns).map(({ task, metric, filter }) => [task, metric, filter]),
    ).toEqual([
      ['gsm8k', 'exact_match', 'strict-match'],
      ['gsm8k', 'exact_match', 'flexible-extract'],
      ['mmlu', 'acc', 'none'],
      ['mmlu', 'acc_macro', 'none'],
    ])
  })

  it('is MMLU’s groups, and their subjects by name', () => {
    const [tree, ...others] = subjectTrees(scores)
    expect(others).toEqual([])
    expect(tree?.parts.map(({ task }) => task)).toEqual(['mmlu_stem'])
    expect(tree?.parts[0]?.parts.map(({ task, scores: by }) => [task, by.get(0)?.value])).toEqual([
      ['mmlu_anatomy', 0.35],
      ['mmlu_college_physics', 0.45],
    ])
  })
})

describe('the charts over iterations', () => {
  it('are in points with 95 % intervals, and lead only by an iteration', () => {
    const [group] = settingsGroups([
      evaluationOf(3, 1, { mmlu: 0.5 }),
      evaluationOf(2, 0, { mmlu: { value: 0.4, stderr: null } }),
      evaluationOf(1, -1, { mmlu: 0.3 }),
    ])
    const table = scoreTable(group!, order)
    const test = taskTest(table, 'mmlu')
    expect(test.scores[1]?.mean).toBe(50)
    expect(test.scores[1]?.low).toBe(47.648) // 50 − 1.96 × 1.2
    expect(test.scores[0]).toEqual({ mean: 40, low: null, high: null })
    expect(bestIteration(test)).toBe(1)
    expect(Object.keys(averageTest(table).scores)).toEqual([])
    const [baseLeads] = settingsGroups([
      evaluationOf(2, 0, { mmlu: 0.2 }),
      evaluationOf(1, -1, { mmlu: 0.3 }),
    ])
    expect(bestIteration(taskTest(scoreTable(baseLeads!, order), 'mmlu'))).toBeNull()
    const [level] = settingsGroups([
      evaluationOf(2, 0, { mmlu: 0.3 }),
      evaluationOf(1, -1, { mmlu: 0.3 + 1e-9 }),
    ])
    const alike = taskTest(scoreTable(level!, order), 'mmlu')
    expect([alike.scores[0]?.mean, bestIteration(alike)]).toEqual([alike.scores[-1]?.mean, null])
  })
})

describe('the table for other programs', () => {
  const [group] = settingsGroups([
    evaluationOf(2, 0, { arc_challenge: 0.41234, mmlu: 0.5 }),
    evaluationOf(1, -1, { arc_challenge: 0.3 }),
  ])
  const table = scoreTable(group!, order)

  it('is CSV with standard errors and sources', () => {
    expect(tableCsv(table, published).split('\r\n')).toEqual([
      'Model,ARC-Challenge,ARC-Challenge standard error,MMLU,MMLU standard error,Average,Average standard error',
      'Base,30.00,1.20,,,,',
      'Iteration 0,41.23,1.20,50.00,1.20,,',
      '"SPIN iteration 0 (SPIN paper, table 3)",63.40,,58.93,,62.86,',
      '',
    ])
  })

  it('is Markdown with the best in bold', () => {
    expect(tableMarkdown(table, published).split('\n')).toEqual([
      '| Model | ARC-Challenge | MMLU | Average |',
      '| --- | ---: | ---: | ---: |',
      '| Base | 30.0 ± 1.2 | – | – |',
      '| Iteration 0 | **41.2 ± 1.2** | 50.0 ± 1.2 | – |',
      '| SPIN iteration 0 (SPIN paper, table 3) | 63.40 | 58.93 | 62.86 |',
      '',
    ])
  })
})
