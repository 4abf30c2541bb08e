import type { BenchmarkEvaluation, BenchmarksView } from '../../contract/app/benchmarks.ts'
import type { BenchmarkScore } from '../../contract/benchmarks.ts'
import { AppError } from '../../contract/errors.ts'
import { fromPortable } from '../loop/portable-paths.ts'
import { openRecord } from '../results/results.ts'
import {
  readBenchmark,
  readBenchmarkSettings,
  readContamination,
  unlessUnreadable,
} from '../runs/recorded-json.ts'
import type { BenchmarkRow } from '../store/benchmark-queries.ts'
import type { Store } from '../store/store.ts'
import { leaderboardAverage, primaryScore } from './average.ts'
import { benchmarkModels } from './benchmark-models.ts'
import type { LiveEvaluation } from './benchmark-queue.ts'
import { publishedRows } from './published-rows.ts'

export interface ViewSource {
  store: Store
  live: LiveEvaluation | null
  /** A self-play run is at work. */
  hasRun: boolean
  dataDir: string | null
}

/** What the page of a run's benchmarks shows. Throws BAD_INPUT for an unknown run. */
export function benchmarksView(runId: number, source: ViewSource): BenchmarksView {
  const { store, live, dataDir } = source
  const { projectDir } = openRecord(store, runId)
  const contamination = store.contamination(runId)
  return {
    runId,
    models: benchmarkModels(store, runId),
    dataDir,
    evaluations: store
      .benchmarksOf(runId)
      .flatMap((row) => unlessUnreadable(() => [evaluationView(row, source)], [])),
    runningId: live?.id ?? null,
    published: [...publishedRows],
    contamination:
      contamination === undefined
        ? null
        : unlessUnreadable(() => readContamination(contamination, projectDir), null),
  }
}

function evaluationView(row: BenchmarkRow, { store, live, hasRun }: ViewSource): BenchmarkEvaluation {
  const { projectDir } = openRecord(store, row.runId)
  const result = row.result === null ? null : readBenchmark(row.result, projectDir)
  const scores = store.benchmarkScores(row.id)
  const progress = live?.id === row.id ? live.progress : null
  return {
    id: row.id,
    model: { runId: row.runId, iteration: row.iteration },
    modelDir: fromPortable(row.modelDir, projectDir) as string,
    settings: readBenchmarkSettings(row.settings, projectDir),
    state: row.state,
    waitsFor:
      row.state !== 'waiting' ? null : hasRun && row.besideRun === 0 ? 'run' : live ? 'evaluation' : null,
    besideRun: row.besideRun === 1,
    problem: row.problem,
    progress,
    secondsLeft: progress?.rate ? (progress.total - progress.done) / progress.rate : null,
    scores,
    average: leaderboardAverage(scores),
    provenance: result?.provenance ?? null,
    requestsPerSecond: result?.requestsPerSecond ?? null,
    createdAt: row.createdAt,
    finishedAt: row.finishedAt,
    seconds: row.seconds,
  }
}

/** Throws BAD_INPUT for one that is not recorded. */
export function expectEvaluation(store: Store, id: number): BenchmarkRow {
  const row = store.benchmark(id)
  if (row) return row
  throw new AppError(
    'BAD_INPUT',
    `Expected the number of a recorded evaluation, found ${id}. It may have been removed; open it from the list.`,
    { id },
  )
}

/** The number that tables show of a task which is done. Throws BAD_INPUT. */
export function expectPrimary(scores: readonly BenchmarkScore[], task: string): BenchmarkScore {
  const found = primaryScore(scores, task)
  if (found) return found
  const done = scores.filter(({ partOf, primary }) => primary && partOf === null).map((score) => score.task)
  throw new AppError(
    'BAD_INPUT',
    `Expected a task of this evaluation that is done, found ${task}. Done: ${done.join(', ') || 'none yet'}.`,
    { task },
  )
}
