import type { ResultTest } from '../../contract/app/results.ts'
import { benchmarksStrings as words } from '../strings/benchmarks.ts'
import type { ScoreTable } from './score-table.ts'

/** Half of a 95 % interval in standard errors, by the normal law: a task has hundreds of questions. */
const halfInterval = 1.96

/** The table's scores as the charts of results take them. */
export function averageTest({ rows }: ScoreTable): ResultTest {
  return asTest(
    'average',
    words.table.average,
    rows.flatMap(({ iteration, average }) => (average ? [{ iteration, ...average }] : [])),
  )
}

export function taskTest({ rows }: ScoreTable, task: string): ResultTest {
  return asTest(
    task,
    words.task(task),
    rows.flatMap(({ iteration, cells }) => {
      const score = cells.get(task)?.score
      return score ? [{ iteration, value: score.value, stderr: score.stderr }] : []
    }),
  )
}

/** The iteration that leads; null where the base or plain SFT does as well. */
export function bestIteration({ scores }: ResultTest): number | null {
  const top = Math.max(...Object.values(scores).map(({ mean }) => mean))
  const best = Object.keys(scores)
    .map(Number)
    .filter((iteration) => scores[iteration]?.mean === top)
  return best.every((iteration) => iteration >= 0) ? (best[0] ?? null) : null
}

/** In points; what is beyond three digits is no difference that an axis should show. */
const shown = (share: number): number => Math.round(share * 1e5) / 1e3

function asTest(
  id: string,
  name: string,
  scores: readonly { iteration: number; value: number; stderr: number | null }[],
): ResultTest {
  return {
    id,
    name,
    setting: '',
    unit: 'points',
    higherIsBetter: true,
    scores: Object.fromEntries(
      scores.map(({ iteration, value, stderr }) => {
        const half = stderr === null ? null : halfInterval * stderr
        return [
          iteration,
          {
            mean: shown(value),
            low: half === null ? null : shown(value - half),
            high: half === null ? null : shown(value + half),
          },
        ]
      }),
    ),
    againstBase: null,
  }
}
