import type { IterationScore, RunSummary } from '../../contract/app.ts'
import { scoreStrings } from '../strings/scores.ts'

/** The score that the run's stop rule compares; null where it was not measured. */
export function compared(run: RunSummary, score: IterationScore): number | null {
  return run.score === 'nll' ? score.nll : run.score === 'greedy' ? score.greedy : score.sampled
}

export const lowerIsBetter = (run: RunSummary): boolean => run.score === 'nll'

/** Best against base, in the score's own direction; null before there is something to compare. */
export function gainOf(run: RunSummary): number | null {
  const base = run.scores.find(({ iteration }) => iteration < 0)
  const made = run.scores.filter(({ iteration }) => iteration >= 0)
  const from = base && compared(run, base)
  const values = made.map((score) => compared(run, score)).filter((value) => value !== null)
  if (from === null || from === undefined || values.length === 0) return null
  return lowerIsBetter(run) ? Math.min(...values) - from : Math.max(...values) - from
}

export function showGain(run: RunSummary, gain: number | null): string {
  return gain === null ? '–' : scoreStrings.gain(gain, run.score)
}

export const isWorse = (run: RunSummary, gain: number | null): boolean =>
  gain !== null && (lowerIsBetter(run) ? gain > 0 : gain < 0)
