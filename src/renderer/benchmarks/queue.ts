import type { BenchmarkEvaluation } from '../../contract/app/benchmarks.ts'

const places = { running: 0, failed: 1, paused: 2, waiting: 3, done: 4 } as const

/** All that is not done: what runs, what needs a person, then what waits in its order. */
export const queueOf = (evaluations: readonly BenchmarkEvaluation[]): BenchmarkEvaluation[] =>
  evaluations
    .filter(({ state }) => state !== 'done')
    .toSorted((a, b) => places[a.state] - places[b.state] || a.createdAt - b.createdAt || a.id - b.id)

/** 0–1; null before anything was counted. */
export function shareDone({ progress }: Pick<BenchmarkEvaluation, 'progress'>): number | null {
  if (!progress || progress.total <= 0) return null
  return Math.min(1, Math.max(0, progress.done / progress.total))
}
