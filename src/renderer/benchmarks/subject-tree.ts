import type { BenchmarkScore } from '../../contract/benchmarks.ts'
import { benchmarksStrings as words } from '../strings/benchmarks.ts'
import type { ScoreTable } from './score-table.ts'
import type { SettingsGroup } from './settings-groups.ts'

/** A task, group or subject with its score by iteration. */
export interface SubjectNode {
  task: string
  scores: ReadonlyMap<number, BenchmarkScore>
  parts: SubjectNode[]
}

/** Scores of all models that the table shows, from the evaluation that its cell is of. */
export function tableScores(
  { evaluations }: SettingsGroup,
  { rows }: ScoreTable,
): { iteration: number; task: string; score: BenchmarkScore }[] {
  return rows.flatMap(({ iteration, cells }) =>
    [...cells].flatMap(([task, { evaluationId }]) =>
      (evaluations.find(({ id }) => id === evaluationId)?.scores ?? [])
        .filter((score) => isWithin(task, score.task))
        .map((score) => ({ iteration, task, score })),
    ),
  )
}

/** Subjects and groups carry the name of their task in front. */
const isWithin = (task: string, name: string): boolean => name === task || name.startsWith(`${task}_`)

/** The groups and subjects of the tasks that have them, by name; a task without is not there. */
export function subjectTrees(scores: ReturnType<typeof tableScores>): SubjectNode[] {
  const primary = scores.filter(({ score }) => score.primary)
  const nodes = new Map<string, { node: SubjectNode; partOf: string | null }>()
  for (const { iteration, score } of primary) {
    const found = nodes.get(score.task)
    const byIteration = new Map([...(found?.node.scores ?? []), [iteration, score] as const])
    nodes.set(score.task, {
      node: { task: score.task, scores: byIteration, parts: [] },
      partOf: score.partOf,
    })
  }
  for (const { node, partOf } of nodes.values()) if (partOf !== null) nodes.get(partOf)?.node.parts.push(node)
  for (const { node } of nodes.values()) node.parts.sort(byName)
  return [...nodes.values()]
    .filter(({ node, partOf }) => partOf === null && node.parts.length > 0)
    .map(({ node }) => node)
}

const byName = (a: SubjectNode, b: SubjectNode): number =>
  words.task(a.task).localeCompare(words.task(b.task), 'en')

export interface MetricRow {
  task: string
  metric: string
  filter: string
  primary: boolean
  scores: ReadonlyMap<number, BenchmarkScore>
}

/** Every metric of the tasks that have more than one, in the order of the columns. */
export function metricRows(scores: ReturnType<typeof tableScores>, columns: readonly string[]): MetricRow[] {
  return columns.flatMap((task) => {
    const rows = new Map<string, MetricRow>()
    for (const { iteration, score } of scores) {
      if (score.task !== task || score.partOf !== null) continue
      const key = `${score.metric},${score.filter}`
      const { metric, filter, primary } = score
      const before = rows.get(key)?.scores ?? []
      rows.set(key, { task, metric, filter, primary, scores: new Map([...before, [iteration, score]]) })
    }
    return rows.size < 2 ? [] : [...rows.values()].toSorted((a, b) => Number(b.primary) - Number(a.primary))
  })
}
