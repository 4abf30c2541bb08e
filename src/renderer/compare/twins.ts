import type { ComparedRun } from '../../contract/app.ts'
import { compareStrings as words } from '../strings/compare.ts'

/** A run that is compared with itself: its iterations against each other. */
export const isTwin = (runs: readonly ComparedRun[], run: number): boolean =>
  runs.filter((other) => other.run.id === run).length > 1

/** "Run 1", or with its iteration where the same run stands twice. */
export function columnName(runs: readonly ComparedRun[], index: number): string {
  const { run, iteration } = runs[index]!
  if (!isTwin(runs, run.id)) return words.run(run.id)
  const name = iteration < 0 ? words.base : words.it(iteration)
  const isAlone = runs.every((other) => other.run.id === run.id)
  return isAlone ? name : words.runIteration(run.id, name)
}

/** Of runs that stand twice, the compared iteration's curve alone, all from one start: else the lines would be one. */
export function curvesToDraw(runs: readonly ComparedRun[]): readonly ComparedRun[] {
  if (!runs.some(({ run }) => isTwin(runs, run.id))) return runs
  return runs.map((compared) => ({
    ...compared,
    curves: compared.curves
      .filter(({ iteration }) => iteration === compared.iteration)
      .map((curve) => ({ ...curve, iteration: 0 })),
  }))
}
