import { useComputedColorScheme } from '@mantine/core'
import { useEffect, useRef } from 'react'
import UPlot from 'uplot'
import { fixed } from '../components/numbers.ts'
import { iterationName } from '../components/progress-line.ts'
import { drawMarks, type Mark } from './chart-marks.ts'
import { alignColumns, type RunSteps, type StepColumn } from './run-steps.ts'

const height = 208
export const smoothing = 0.86

export interface MetricLine {
  column: StepColumn
  colour: `--${string}`
  name?: string
  dashed?: boolean
}

/**
 * One metric over all iterations: raw values faint, smoothed on top, a dashed line for what it is measured against.
 * `lines` and `reference` are constants of the page: others make another plot.
 */
export function MetricChart({
  title,
  unit,
  steps,
  lines,
  reference,
  from,
}: {
  title: string
  unit: string
  steps: RunSteps
  lines: MetricLine[]
  reference?: Mark
  from?: number
}) {
  const frame = useRef<HTMLDivElement>(null)
  const plot = useRef<UPlot | null>(null)
  const marks = useRef<{ steps: RunSteps; reference: Mark | undefined }>({ steps, reference })
  const scheme = useComputedColorScheme()
  const count = steps.iterations.length
  const empty = count === 0

  useEffect(() => {
    marks.current = { steps, reference }
  }, [steps, reference])

  useEffect(() => {
    const element = frame.current
    if (!element || count === 0) return
    const colour = (token: string): string => getComputedStyle(element).getPropertyValue(token).trim()
    const axis: UPlot.Axis = {
      stroke: colour('--text3'),
      font: '11px system-ui',
      grid: { stroke: colour('--grid'), width: 1 },
      ticks: { show: false },
    }
    const made = new UPlot(
      {
        width: element.clientWidth,
        height,
        scales: {
          x: { time: false },
          y: {
            range: (_plot, low, high) => [
              Math.min(from ?? low, low),
              Math.max(high, (marks.current.reference?.value ?? high) * 1.25),
            ],
          },
        },
        legend: { show: false },
        cursor: { drag: { x: false, y: false }, y: false },
        axes: [
          { ...axis, size: 28 },
          {
            ...axis,
            size: 48,
            values: (_plot, ticks) => ticks.map((tick) => String(tick).replace('-', '−')),
          },
        ],
        series: [
          {},
          ...Array.from({ length: count }, () => lines)
            .flat()
            .flatMap<UPlot.Series>(({ colour: token, dashed }) => [
              { stroke: colour(token), width: 1, alpha: 0.22, points: { show: false } },
              {
                stroke: colour(token),
                width: 1.75,
                points: { show: false },
                ...(dashed ? { dash: [5, 3] } : {}),
              },
            ]),
        ],
        hooks: { draw: [(self) => drawMarks(self, marks.current, colour)] },
      },
      alignColumns(
        marks.current.steps,
        lines.map(({ column }) => column),
        smoothing,
      ) as UPlot.AlignedData,
      element,
    )
    plot.current = made
    const resize = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }))
    resize.observe(element)
    return () => {
      resize.disconnect()
      made.destroy()
      plot.current = null
    }
    // `scheme`: canvas does not follow CSS variables, so other colours are another plot.
  }, [scheme, count, lines, from])

  useEffect(() => {
    const next = requestAnimationFrame(() => {
      plot.current?.setData(
        alignColumns(
          steps,
          lines.map(({ column }) => column),
          smoothing,
        ) as UPlot.AlignedData,
      )
    })
    return () => cancelAnimationFrame(next)
  }, [steps, lines])

  return (
    <figure style={{ margin: 0, minWidth: 0 }} aria-label={summarize(title, unit, steps, lines)}>
      <figcaption className="spread">
        <span>
          <strong>{title}</strong> <span className="hint">{unit}</span>
        </span>
        <span className="row hint">
          {lines.map(({ column, name, colour }) => (
            <span key={column} style={{ color: `var(${colour})` }}>
              {name} {lastOf(steps, column)}
            </span>
          ))}
        </span>
      </figcaption>
      <div ref={frame} className="chart-frame">
        {empty && <p className="hint">Appears with the first training step</p>}
      </div>
    </figure>
  )
}

function lastOf(steps: RunSteps, column: StepColumn): string {
  const value = steps.iterations.at(-1)?.columns[column].at(-1)
  return value === undefined ? '' : fixed(value)
}

function summarize(title: string, unit: string, steps: RunSteps, lines: MetricLine[]): string {
  const parts = steps.iterations.flatMap(({ iteration, columns }) =>
    lines.map(({ column, name = '' }) => {
      const values = columns[column]
      return `${iterationName(iteration)} ${name} from ${fixed(values[0] ?? 0)} to ${fixed(values.at(-1) ?? 0)}`
    }),
  )
  return parts.length === 0 ? `${title}: no steps yet` : `${title}, ${unit}: ${parts.join('; ')}`
}
