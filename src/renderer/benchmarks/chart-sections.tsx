import { Section } from '../components/sections.tsx'
import { ErrorBarChart } from '../results/error-bar-chart.tsx'
import { ChartKeys } from '../results/test-charts.tsx'
import '../results/results.css'
import { benchmarksStrings } from '../strings/benchmarks.ts'
import { averageTest, bestIteration, taskTest } from './chart-scores.ts'
import { sftIteration } from './model-names.ts'
import { RadarChart } from './radar-chart.tsx'
import type { ScoreTable } from './score-table.ts'

const words = benchmarksStrings.charts

/** The average over iterations, and the shape over tasks beside it. */
export function AverageSection({ table }: { table: ScoreTable }) {
  const average = averageTest(table)
  const hasAverage = Object.keys(average.scores).length > 0
  return (
    <section className="section bench-charts" aria-label={words.average}>
      <div>
        <h2>
          {words.average} <span className="hint">{words.averageHint}</span>
        </h2>
        {hasAverage ? (
          <ErrorBarChart test={average} best={bestIteration(average)} />
        ) : (
          <p className="hint">{words.needAll}</p>
        )}
      </div>
      <RadarChart table={table} />
    </section>
  )
}

export function TaskCharts({ table }: { table: ScoreTable }) {
  if (table.rows.length < 2) return null
  return (
    <Section
      title={words.task}
      hint={words.taskHint}
      actions={<ChartKeys hasSft={table.rows.some(({ iteration }) => iteration === sftIteration)} />}
    >
      <ul className="results-charts bench-task-charts">
        {table.columns.map((task) => {
          const test = taskTest(table, task)
          return (
            <li key={task}>
              <strong>{test.name}</strong>
              <ErrorBarChart test={test} best={bestIteration(test)} isSmall />
            </li>
          )
        })}
      </ul>
    </Section>
  )
}
