import type { ComparedRun } from '../../contract/app.ts'
import { fixed } from '../components/numbers.ts'
import { compareStrings } from '../strings/compare.ts'
import { unitStrings } from '../strings/units.ts'
import { sharedTests } from './change-chart.tsx'
import { isTwin } from './twins.ts'

const words = compareStrings.stands
const mostNamed = 4

/** What the numbers of the first two runs say, in sentences; no thresholds but the intervals themselves. */
export function standsOut(runs: readonly ComparedRun[]): string[] {
  const [a, b] = runs
  // A run against itself: the tables say it all.
  if (!a || !b || isTwin(runs, a.run.id)) return []
  const sentences: string[] = []
  const tests = sharedTests(runs)
  const main = tests.find(({ changes }) => changes[0] && changes[1])
  if (main) {
    const [left, right] = [main.changes[0]!.mean, main.changes[1]!.mean]
    const [better, worse] = left >= right ? [a, b] : [b, a]
    const by = Math.abs(left - right)
    sentences.push(
      by < 0.05 ? words.same : words.score(better.run.id, worse.run.id, unitStrings.points(fixed(by, 1))),
    )
  }
  const [endA, endB] = [lastOf(a, 'margin'), lastOf(b, 'margin')]
  if (endA !== null && endB !== null)
    sentences.push(words.margin(a.run.id, fixed(endA, 2), b.run.id, fixed(endB, 2)))
  const furthest = [...runs]
    .flatMap((run) => {
      const reward = lastOf(run, 'rewardGenerated')
      return reward === null ? [] : [{ id: run.run.id, reward }]
    })
    .toSorted((x, y) => x.reward - y.reward)[0]
  if (furthest) sentences.push(words.generated(furthest.id, fixed(furthest.reward, 2)))
  for (const [i, { run }] of runs.entries()) {
    const clear = tests.flatMap(({ name, changes }) => {
      const change = changes[i]
      return change?.low !== null && change?.low !== undefined && change.high !== null
        ? [{ name, sign: change.low > 0 ? 1 : change.high < 0 ? -1 : 0 }]
        : []
    })
    const named = (sign: number): string => {
      const names = clear.filter((test) => test.sign === sign).map(({ name }) => name)
      return words.names(names.slice(0, mostNamed), Math.max(0, names.length - mostNamed))
    }
    if (named(1)) sentences.push(words.clear(named(1), run.id))
    if (named(-1)) sentences.push(words.worse(named(-1), run.id))
  }
  if (tests.some(({ changes }) => changes.some((change) => !change))) sentences.push(words.otherTests)
  return sentences
}

const lastOf = ({ curves }: ComparedRun, column: 'margin' | 'rewardGenerated'): number | null =>
  curves.at(-1)?.[column].at(-1) ?? null
