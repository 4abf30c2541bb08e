import { leaderboardTasks, type BenchmarkScore } from '../../contract/benchmarks.ts'

/** The number of a task that tables show; absent while the task is not done. */
export const primaryScore = (scores: readonly BenchmarkScore[], task: string): BenchmarkScore | undefined =>
  scores.find((score) => score.primary && score.partOf === null && score.task === task)

/** The leaderboard's average: the plain mean of the six tasks; null unless all six are there. */
export function leaderboardAverage(scores: readonly BenchmarkScore[]): number | null {
  const found = leaderboardTasks.flatMap((task) => primaryScore(scores, task) ?? [])
  if (found.length < leaderboardTasks.length) return null
  return found.reduce((sum, { value }) => sum + value, 0) / found.length
}
