import type { ScoreDifference } from '../../contract/app/results.ts'
import { benchmarksStrings as words } from '../strings/benchmarks.ts'
import { baseIteration, nameInside } from './model-names.ts'
import { change, size } from './score-format.ts'
import type { ScoreTable, TableRow } from './score-table.ts'

/** Two evaluations whose questions are compared: `b` against `a`. */
export interface Pair {
  a: number
  b: number
}

export const pairKey = ({ a, b }: Pair): string => `${a} ${b}`

/** By pair, by task and "average". */
export type Differences = ReadonlyMap<string, ReadonlyMap<string, ScoreDifference>>

/** The evaluations that a model's scores against another's are paired in: one pair, unless they were measured in parts. */
export function pairsOf(b: TableRow, a: TableRow): Pair[] {
  const pairs = new Map<string, Pair>()
  for (const [task, { evaluationId }] of b.cells) {
    const other = a.cells.get(task)
    if (!other) continue
    const pair = { a: other.evaluationId, b: evaluationId }
    pairs.set(pairKey(pair), pair)
  }
  return [...pairs.values()]
}

export function taskDifference(
  differences: Differences,
  b: TableRow,
  a: TableRow,
  task: string,
): ScoreDifference | null {
  const [cell, other] = [b.cells.get(task), a.cells.get(task)]
  if (!cell || !other) return null
  return differences.get(pairKey({ a: other.evaluationId, b: cell.evaluationId }))?.get(task) ?? null
}

/** Of the six together, where one pair of evaluations has them all. */
export function averageDifference(
  differences: Differences,
  b: TableRow,
  a: TableRow,
): ScoreDifference | null {
  const [pair, ...others] = pairsOf(b, a)
  if (!pair || others.length > 0 || !b.average || !a.average) return null
  return differences.get(pairKey(pair))?.get('average') ?? null
}

/** Each against the base, and each iteration against the one before. */
export function comparedRows({ rows }: ScoreTable): { a: TableRow; b: TableRow }[] {
  const base = rows.find(({ iteration }) => iteration === baseIteration)
  const iterations = rows.filter(({ iteration }) => iteration >= 0)
  return [
    ...(base ? rows.filter((row) => row !== base).map((b) => ({ a: base, b })) : []),
    ...iterations.slice(1).map((b, i) => ({ a: iterations[i]!, b })),
  ]
}

/** "Iteration 2 beats iteration 1 by 1.3 ± 0.6 points." */
export function differenceWords(b: number, a: number, { mean, half, clear }: ScoreDifference): string {
  const [nameB, nameA] = [capital(nameInside(b)), nameInside(a)]
  const shown = half === null ? null : size(half)
  const shownMean = size(mean)
  if (clear === true && mean > 0) return words.standsOut.beats(nameB, nameA, shownMean, shown)
  if (clear === true && mean < 0) return words.standsOut.falls(nameB, nameA, shownMean, shown)
  return words.standsOut.within(nameB, nameA, change(mean), shown)
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

export interface Sentence {
  key: string
  words: string
  isWorse: boolean
}

const mostTasks = 4

/** On average for each compared pair; below it the tasks in which an iteration clearly differs from the base, largest first. */
export function standingOut(table: ScoreTable, differences: Differences): Sentence[] {
  const averages = comparedRows(table).flatMap(({ a, b }): Sentence[] => {
    const difference = averageDifference(differences, b, a)
    if (!difference) return []
    const text = differenceWords(b.iteration, a.iteration, difference)
    return [{ key: `${a.iteration} ${b.iteration}`, words: text, isWorse: isClearlyWorse(difference) }]
  })
  const base = table.rows.find(({ iteration }) => iteration === baseIteration)
  const newest = table.rows.findLast(({ iteration }) => iteration >= 0)
  if (!base || !newest) return averages
  const byTask = table.columns
    .flatMap((task) => {
      const difference = taskDifference(differences, newest, base, task)
      return difference && (difference.clear || averages.length === 0) ? [{ task, difference }] : []
    })
    .toSorted((x, y) => Math.abs(y.difference.mean) - Math.abs(x.difference.mean))
    .slice(0, mostTasks)
    .map(({ task, difference }) => ({
      key: task,
      words: words.standsOut.on(
        words.task(task),
        differenceWords(newest.iteration, baseIteration, difference),
      ),
      isWorse: isClearlyWorse(difference),
    }))
  return [...averages, ...byTask]
}

const isClearlyWorse = ({ clear, mean }: ScoreDifference): boolean => clear === true && mean < 0
