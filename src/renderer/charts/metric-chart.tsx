import { useComputedColorScheme } from '@mantine/core'
import { memo, useEffect, useRef } from 'react'
import { chartStrings as words } from '../strings/charts.ts'
import { movedCursor, pointAt, type CursorPoint } from './chart-cursor.ts'
import { ChartMenu } from './chart-menu.tsx'
import type { ChartSpec } from './chart-spec.ts'
import { ChartTable, summaryOf } from './chart-table.tsx'
import { drawSoon } from './draw-queue.ts'
import { createMetricPlot, type MetricPlot } from './metric-plot.ts'
import type { Scope } from './plotted-columns.ts'
import type { RunSteps } from './run-steps.ts'
import './charts.css'

export interface MetricChartProps {
  /** A constant of its module. */
  spec: ChartSpec
  steps: RunSteps
  scope: Scope
  /** On the axis of all iterations; one for all charts of a page. */
  cursor: number | null
  onCursor: (x: number | null) => void
}

/** One metric: raw values faint, smoothed on top, a dashed line for what it is measured against. */
export const MetricChart = memo(function MetricChart({
  spec,
  steps,
  scope,
  cursor,
  onCursor,
}: MetricChartProps) {
  const frame = useRef<HTMLDivElement>(null)
  const plot = useRef<MetricPlot | null>(null)
  const line = useRef<HTMLDivElement>(null)
  const drawn = useRef({ steps, scope })
  const scheme = useComputedColorScheme()
  const isEmpty = steps.iterations.length === 0
  const point = cursor === null ? null : pointAt(steps, scope, cursor)

  useEffect(() => {
    drawn.current = { steps, scope }
    return drawSoon(() => plot.current?.draw(drawn.current))
  }, [steps, scope])

  useEffect(() => {
    const element = frame.current
    if (!element || isEmpty) return
    const leave = (): void => onCursor(null)
    const move = (event: PointerEvent): void => {
      const { current } = plot
      if (!current) return
      const at = current.valueAt(event.clientX - current.over.getBoundingClientRect().left)
      onCursor(pointAt(drawn.current.steps, drawn.current.scope, at)?.x ?? null)
    }
    const cancel = drawSoon(() => {
      const made = createMetricPlot(element, spec, drawn.current, words)
      plot.current = made
      made.over.addEventListener('pointermove', move)
      made.over.addEventListener('pointerleave', leave)
    })
    return () => {
      cancel()
      plot.current?.destroy()
      plot.current = null
    }
  }, [scheme, isEmpty, spec, onCursor])

  useEffect(() => {
    const { current } = line
    if (!current || !plot.current || point === null) return
    const { over } = plot.current
    const left = plot.current.left(point.x)
    current.style.left = `${over.offsetLeft + left}px`
    current.style.top = `${over.offsetTop}px`
    current.style.height = `${over.clientHeight}px`
    current.dataset['side'] = left > plot.current.width() / 2 ? 'left' : 'right'
  }, [point, scope])

  function onKeyDown(event: React.KeyboardEvent): void {
    const by = keySteps[event.key]
    if (event.key === 'Escape') return onCursor(null)
    if (by === undefined) return
    event.preventDefault()
    onCursor(movedCursor(steps, scope, cursor, by * (event.shiftKey ? 10 : 1)))
  }

  return (
    <figure className="chart" aria-label={summaryOf(spec, steps, scope)}>
      <figcaption className="spread">
        <span className="chart-title">
          <strong>{spec.title}</strong> <span className="hint">{spec.unit}</span>
        </span>
        <span className="row">
          {spec.lines.length > 1 && <Key spec={spec} />}
          <ChartMenu spec={spec} steps={steps} scope={scope} plot={plot} />
        </span>
      </figcaption>
      <div
        ref={frame}
        className="chart-frame"
        role="slider"
        tabIndex={0}
        aria-label={words.cursor(spec.title)}
        aria-valuemin={scope.from}
        aria-valuemax={scope.to}
        aria-valuenow={cursor ?? scope.to}
        aria-valuetext={
          point ? words.at(point.known.iteration, point.known.step[point.index]!, valuesAt(spec, point)) : ''
        }
        onKeyDown={onKeyDown}
        onBlur={() => onCursor(null)}
      >
        {isEmpty && <p className="hint chart-empty">{words.empty}</p>}
        {point && (
          <div ref={line} className="chart-cursor" aria-hidden="true">
            <span className="number">
              <span className="hint">{words.step(point.known.step[point.index]!)}</span>{' '}
              {valuesAt(spec, point)}
            </span>
          </div>
        )}
      </div>
      <ChartTable spec={spec} steps={steps} scope={scope} />
    </figure>
  )
})

const keySteps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, Home: -1e9, End: 1e9 }

function valuesAt(spec: ChartSpec, { known, index }: CursorPoint): string {
  return spec.lines
    .map(({ metric, name }) => {
      const value = known.raw[metric][index] ?? Number.NaN
      const text = Number.isNaN(value) ? words.notMeasured : spec.show(value)
      return name ? `${name} ${text}` : text
    })
    .join(', ')
}

/** The strokes of a chart with several lines, as they are drawn. */
function Key({ spec }: { spec: ChartSpec }) {
  return (
    <span className="row chart-key">
      {spec.lines.map(({ metric, name, colour, dashed }) => (
        <span key={metric} style={{ color: `var(${colour})` }}>
          <svg width="18" height="8" aria-hidden="true">
            <line
              x1="0"
              x2="18"
              y1="4"
              y2="4"
              stroke="currentColor"
              strokeWidth="2"
              {...(dashed ? { strokeDasharray: '5 3' } : {})}
            />
          </svg>{' '}
          {name}
        </span>
      ))}
    </span>
  )
}
