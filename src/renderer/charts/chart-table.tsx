import { memo } from 'react'
import { chartStrings as words } from '../strings/charts.ts'
import type { ChartSpec } from './chart-spec.ts'
import { shownIterations, type Scope } from './plotted-columns.ts'
import type { RunSteps } from './run-steps.ts'

/** "Loss, nats: Iteration 0 from 0.69 to 0.21; Iteration 1 from …" */
export function summaryOf(spec: ChartSpec, steps: RunSteps, scope: Scope): string {
  const parts = shownIterations(steps, scope).flatMap(({ iteration, smooth }) =>
    spec.lines.map(({ metric, name }) =>
      words.fromTo(iteration, name ?? '', shown(spec, smooth[metric][0]), shown(spec, smooth[metric].at(-1))),
    ),
  )
  return parts.length === 0 ? words.noSteps(spec.title) : words.summary(spec.title, spec.unit, parts)
}

const shown = (spec: ChartSpec, value: number | undefined): string =>
  value === undefined || Number.isNaN(value) ? words.notMeasured : spec.show(value)

/** The chart for those who hear it: each iteration at its quarters. */
export const ChartTable = memo(function ChartTable({
  spec,
  steps,
  scope,
}: {
  spec: ChartSpec
  steps: RunSteps
  scope: Scope
}) {
  const rows = shownIterations(steps, scope).flatMap(({ iteration, step, smooth, length }) =>
    [...new Set([0, 0.25, 0.5, 0.75, 1].map((share) => Math.round(share * (length - 1))))].map((index) => ({
      iteration,
      step: step[index] ?? 0,
      values: spec.lines.map(({ metric }) => shown(spec, smooth[metric][index])),
    })),
  )
  if (rows.length === 0) return null
  return (
    // Around the table, since a table is never narrower than its words: it would widen the pane.
    <div className="visually-hidden">
      <table>
        <caption>{words.tableCaption(spec.title, spec.unit)}</caption>
        <thead>
          <tr>
            <th scope="col">{words.iterationColumn}</th>
            <th scope="col">{words.stepColumn}</th>
            {spec.lines.map(({ metric, name }) => (
              <th key={metric} scope="col">
                {name ?? spec.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ iteration, step, values }) => (
            <tr key={`${iteration} ${step}`}>
              <td>{iteration}</td>
              <td>{step}</td>
              {values.map((value, i) => (
                <td key={spec.lines[i]!.metric}>{value}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
})
