import { AppError } from '../../contract/errors.ts'
import type { BenchmarkProvenance, BenchmarkSettings } from '../../contract/benchmarks.ts'
import { fromPortable } from '../loop/portable-paths.ts'
import { openRecord } from '../results/results.ts'
import { readBenchmark, readBenchmarkSettings } from '../runs/recorded-json.ts'
import type { BenchmarkRow } from '../store/benchmark-queries.ts'
import type { Store } from '../store/store.ts'
import { primaryScore } from './average.ts'
import { expectEvaluation } from './benchmark-views.ts'
import { compareEvaluations, type TaskDifference } from './compare-evaluations.ts'
import { questionsPath } from './evaluation-files.ts'
import { openQuestions } from './question-file.ts'

/** b − a over the tasks that both have done. Throws BAD_INPUT where the two were not asked the same in the same way. */
export async function compareRecorded(store: Store, a: number, b: number): Promise<TaskDifference[]> {
  const [left, right] = [a, b].map((id) => recorded(store, expectEvaluation(store, id))) as [
    Recorded,
    Recorded,
  ]
  const reason = incomparable(left, right)
  if (reason !== null)
    throw new AppError(
      'BAD_INPUT',
      `Expected two evaluations of the same settings, found ${reason}. Their difference would be that of the settings.`,
      { a, b },
    )
  const both = right.settings.tasks.flatMap((task) => {
    const [ours, theirs] = [primaryScore(right.scores, task), primaryScore(left.scores, task)]
    return ours && theirs ? [{ task, metric: `${ours.metric},${ours.filter}` }] : []
  })
  const tasks = []
  for (const { task, metric } of both) {
    const [first, second] = [left, right].map(({ outDir }) => openQuestions(questionsPath(outDir, task)))
    tasks.push({ task, metric, a: await first!, b: await second! })
  }
  return compareEvaluations(tasks)
}

interface Recorded {
  settings: BenchmarkSettings
  provenance: BenchmarkProvenance | null
  scores: ReturnType<Store['benchmarkScores']>
  outDir: string
}

function recorded(store: Store, row: BenchmarkRow): Recorded {
  const { projectDir } = openRecord(store, row.runId)
  return {
    settings: readBenchmarkSettings(row.settings, projectDir),
    provenance: row.result === null ? null : readBenchmark(row.result, projectDir).provenance,
    scores: store.benchmarkScores(row.id),
    outDir: fromPortable(row.outDir, projectDir) as string,
  }
}

/** What the two differ in, in words; null = nothing that decides a score. A limit only takes questions away. */
function incomparable(a: Recorded, b: Recorded): string | null {
  if (a.settings.profile !== b.settings.profile)
    return `the profiles ${a.settings.profile} and ${b.settings.profile}`
  if (a.settings.chatTemplate !== b.settings.chatTemplate) return 'one with and one without chat template'
  const [left, right] = [a.provenance?.dataSha256 ?? {}, b.provenance?.dataSha256 ?? {}]
  const other = Object.keys(left).find((task) => right[task] !== undefined && right[task] !== left[task])
  return other === undefined ? null : `other rows of ${other}`
}
