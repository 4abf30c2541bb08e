import type { BenchmarkEvaluation, PublishedRow } from '../../contract/app/benchmarks.ts'
import type { BenchmarkScore } from '../../contract/benchmarks.ts'
import { benchmarksStrings as words } from '../strings/benchmarks.ts'
import type { SettingsGroup } from './settings-groups.ts'

/** The table of a group of settings: a row a model, a column a task, and what was published beside them. */

export interface TableCell {
  score: BenchmarkScore
  evaluationId: number
  isBest: boolean
}

export interface TableAverage {
  value: number // 0–1
  /** Of six independent means; null where a task has none. */
  stderr: number | null
  isBest: boolean
}

export interface TableRow {
  iteration: number
  cells: ReadonlyMap<string, TableCell>
  average: TableAverage | null
  /** Of the six tasks. */
  measured: number
}

export interface ScoreTable {
  /** Task names: the six in the paper's order where any was measured, then a person's own. */
  columns: string[]
  rows: TableRow[]
  /** Titles of tasks whose files were not the same for all models. */
  mixedData: string[]
}

type Found = { score: BenchmarkScore; evaluation: BenchmarkEvaluation }

/** `order`: iterations as the run has them. Of a task that was measured twice, the newer counts. */
export function scoreTable(group: SettingsGroup, order: readonly number[]): ScoreTable {
  const found = new Map(order.map((iteration) => [iteration, primaryScores(group, iteration)]))
  const measured = new Set([...found.values()].flatMap((scores) => [...scores.keys()]))
  const six = words.taskOrder.filter((task) => measured.has(task))
  const columns = [...six, ...[...measured].filter((task) => !isOfSix(task)).toSorted()]
  const tops = new Map(
    columns.map((task) => [
      task,
      topValue([...found.values()].flatMap((all) => all.get(task)?.score.value ?? [])),
    ]),
  )
  const rows = order
    .filter((iteration) => (found.get(iteration)?.size ?? 0) > 0)
    .map((iteration): TableRow => {
      const scores = found.get(iteration)!
      const cells = new Map(
        [...scores].map(([task, { score, evaluation }]) => [
          task,
          { score, evaluationId: evaluation.id, isBest: score.value === tops.get(task) },
        ]),
      )
      return {
        iteration,
        cells,
        average: averageOf(scores),
        measured: words.taskOrder.filter((task) => scores.has(task)).length,
      }
    })
  const top = topValue(rows.flatMap(({ average }) => (average ? [average.value] : [])))
  for (const { average } of rows) if (average) average.isBest = average.value === top
  return { columns, rows, mixedData: columns.filter((task) => isMixed(task, found)).map(words.task) }
}

export const isOfSix = (task: string): boolean => Object.hasOwn(words.tasks, task)

function primaryScores({ evaluations }: SettingsGroup, iteration: number): Map<string, Found> {
  const found = new Map<string, Found>()
  for (const evaluation of evaluations) {
    if (evaluation.model.iteration !== iteration) continue
    for (const score of evaluation.scores)
      if (score.primary && score.partOf === null && !found.has(score.task))
        found.set(score.task, { score, evaluation })
  }
  return found
}

/** The best of some; null where one stands alone or all are the same: then nothing is better than anything. */
export function topValue(values: readonly number[]): number | null {
  const top = Math.max(...values)
  return values.some((value) => value !== top) ? top : null
}

/** The tasks share no question, so the variance of their mean is the sum of their variances over 6². */
function averageOf(scores: ReadonlyMap<string, Found>): TableAverage | null {
  const six = words.taskOrder.map((task) => scores.get(task)?.score)
  if (six.some((score) => score === undefined)) return null
  const all = six as BenchmarkScore[]
  const errors = all.map(({ stderr }) => stderr)
  return {
    value: all.reduce((sum, { value }) => sum + value, 0) / all.length,
    stderr: errors.some((error) => error === null)
      ? null
      : Math.sqrt(errors.reduce<number>((sum, error) => sum + error! ** 2, 0)) / all.length,
    isBest: false,
  }
}

function isMixed(task: string, found: ReadonlyMap<number, ReadonlyMap<string, Found>>): boolean {
  const hashes = [...found.values()].flatMap(
    (scores) => scores.get(task)?.evaluation.provenance?.dataSha256[task] ?? [],
  )
  return new Set(hashes).size > 1
}

/** What a metric is called, and what it means in a sentence. The harness calls TruthfulQA's share of probability "acc". */
export function metricWords(task: string, metric: string): readonly [string, string] {
  const name = task === 'truthfulqa_mc2' && metric === 'acc' ? 'mc2' : metric
  return words.metrics[name] ?? [name, '']
}

/** Published rows that may stand beside a group: of its profile, all questions, prompts as they are. */
export function publishedBeside(
  { settings }: SettingsGroup,
  published: readonly PublishedRow[],
): { rows: PublishedRow[]; why: 'limit' | 'chat' | 'profile' | null } {
  if (settings.chatTemplate) return { rows: [], why: 'chat' }
  if (settings.limit !== null) return { rows: [], why: 'limit' }
  const rows = published.filter(({ profile }) => profile === settings.profile)
  return { rows, why: rows.length === 0 ? 'profile' : null }
}
