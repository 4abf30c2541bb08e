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

/** The iteration that leads; null where the base or plain SFT does. */
export function bestIteration(test: ResultTest): number | null {
  const entries = Object.entries(test.scores)
  const top = Math.max(...entries.map(([, { mean }]) => mean))
  const best = entries.find(([, { mean }]) => mean === top)
  return best && Number(best[0]) >= 0 ? Number(best[0]) : null
}

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
            mean: 100 * value,
            low: half === null ? null : 100 * (value - half),
            high: half === null ? null : 100 * (value + half),
          },
        ]
      }),
    ),
    againstBase: null,
  }
}
