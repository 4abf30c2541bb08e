import type { ComparedRun } from '../../contract/app.ts'
import { axisWidth } from '../charts/axis-width.ts'
import { spreadLabels } from '../charts/spread-labels.ts'
import { fixed } from '../components/numbers.ts'
import { useWidth } from '../components/use-width.ts'
import { compareStrings } from '../strings/compare.ts'
import { overlayScale, type CurveColumn, type HorizontalAxis } from './overlay-scale.ts'
import { strokeOf } from './run-stroke.ts'
import { columnName } from './twins.ts'

const words = compareStrings.charts
const leastWidth = 260
const height = 184
const right = 52
const top = 22
const bottom = 10
const labelRoom = 14

/** One metric of all runs on one scale; each iteration begins again at its dotted line. */
export function OverlayChart({
  runs,
  column,
  axis,
  from,
  reference,
}: {
  runs: readonly ComparedRun[]
  column: CurveColumn
  axis: HorizontalAxis
  /** The axis begins here; absent = at the smallest value. */
  from?: number
  reference?: { value: number; words: string }
}) {
  const [frame, measured] = useWidth()
  const width = Math.max(leastWidth, measured)
  const scale = overlayScale({ runs, column, axis, from, reference: reference?.value })
  const tickName = (tick: number): string =>
    column === 'accuracy' ? fixed(100 * tick, 0) : fixed(tick, scale.digits)
  const left = axisWidth(scale.ticks.map(tickName), 6, 40)
  const x = (share: number): number => left + share * (width - left - right)
  const y = (value: number): number =>
    height - bottom - ((value - scale.low) / (scale.high - scale.low)) * (height - top - bottom)
  const shown = (value: number): string =>
    column === 'accuracy' ? `${fixed(100 * value, 0)}%` : fixed(value, 2)
  const ends = scale.lines.map((line) => line.at(-1)?.points.at(-1) ?? null)
  const heights = spreadLabels(
    ends.map((end) => (end ? y(end.value) : 0)),
    labelRoom,
    height - bottom,
  )
  const summary = runs.map((_run, i) => {
    const points = scale.lines[i]?.flatMap((part) => part.points) ?? []
    const [first, last] = [points[0], points.at(-1)]
    return first && last ? words.part(columnName(runs, i), shown(first.value), shown(last.value)) : ''
  })
  return (
    <figure className="compare-chart">
      <figcaption>
        <strong>{words.names[column]}</strong> <span className="hint">{words.units[column]}</span>
      </figcaption>
      <div ref={frame} className="compare-frame">
        <svg
          width={width}
          height={height}
          role="img"
          aria-label={words.summary(words.names[column], summary.join('. '))}
          className="compare-svg"
        >
          {scale.ticks.map((tick) => (
            <g key={tick}>
              <line x1={left} x2={width - right} y1={y(tick)} y2={y(tick)} className="grid" />
              <text x={left - 6} y={y(tick) + 4} textAnchor="end">
                {tickName(tick)}
              </text>
            </g>
          ))}
          {(scale.boundaries.length > 1 ? scale.boundaries : []).map(({ at, iteration }) => (
            <g key={iteration}>
              <line x1={x(at)} x2={x(at)} y1={top} y2={height - bottom} className="boundary" />
              <text x={x(at) + 4} y={top - 8}>
                {compareStrings.it(iteration)}
              </text>
            </g>
          ))}
          {reference && (
            <g>
              <line
                x1={left}
                x2={width - right}
                y1={y(reference.value)}
                y2={y(reference.value)}
                className="reference"
              />
              <text x={width - right} y={y(reference.value) - 4} textAnchor="end">
                {reference.words}
              </text>
            </g>
          )}
          {scale.lines.map((parts, i) => {
            const { colour, dash } = strokeOf(i)
            const end = ends[i]
            return (
              <g
                key={`${runs[i]!.run.id}-${i}`}
                style={{ stroke: colour, fill: 'none' }}
                strokeDasharray={dash}
              >
                {parts.map(({ iteration, points }) => (
                  <polyline
                    key={iteration}
                    points={points.map(({ share, value }) => `${x(share)},${y(value)}`).join(' ')}
                    strokeWidth={1.75}
                  />
                ))}
                {end && (
                  <EndMark state={runs[i]!.run.state} colour={colour} x={x(end.share)} y={y(end.value)} />
                )}
                {end && (
                  <text
                    x={x(end.share) + 8}
                    y={heights[i]! + 4}
                    className="end-value"
                    style={{ fill: colour }}
                  >
                    {shown(end.value)}
                  </text>
                )}
              </g>
            )
          })}
        </svg>
      </div>
    </figure>
  )
}

/** A dot; two bars where the run is paused, a cross where it stopped. */
function EndMark({
  state,
  colour,
  x,
  y,
}: {
  state: ComparedRun['run']['state']
  colour: string
  x: number
  y: number
}) {
  if (state === 'failed')
    return <path d={`M${x - 3} ${y - 3}l6 6m0-6l-6 6`} strokeWidth={1.75} strokeDasharray="none" />
  if (state === 'paused')
    return <path d={`M${x - 1.5} ${y - 4}v8m3-8v8`} strokeWidth={1.75} strokeDasharray="none" />
  return <circle cx={x} cy={y} r={3} style={{ fill: colour }} strokeDasharray="none" />
}
