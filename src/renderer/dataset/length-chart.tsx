import { useState } from 'react'
import type { DatasetLengths } from '../../contract/dataset-inspection.ts'
import { axisWidth } from '../charts/axis-width.ts'
import { whole } from '../components/numbers.ts'
import { useWidth } from '../components/use-width.ts'
import { datasetStrings } from '../strings/dataset.ts'
import { useProject } from '../use-project.tsx'
import { placeLabels } from './place-labels.ts'

const words = datasetStrings.length
const height = 168
const laneHeight = 15
const right = 12
const top = 3 * laneHeight
const bottom = 42

/** Histogram with median, 95 % and the limit; what is over the limit is drawn in outline. */
export function LengthChart({ lengths }: { lengths: DatasetLengths }) {
  const { draft } = useProject()
  const [frame, width] = useWidth()
  const [hovered, setHovered] = useState<number | null>(null)
  const { bins, binTokens, beyond, median, p95, limit, overLimit, longest } = lengths
  const range = bins.length * binTokens
  const highest = Math.max(1, ...bins)
  const left = axisWidth(gridLines(highest).map(whole), 8, 44)
  const plot = Math.max(1, width - left - right)
  const x = (tokens: number) => left + (tokens / range) * plot
  const y = (rows: number) => top + (1 - rows / highest) * (height - top - bottom)
  const base = y(0)
  const showsLimit = limit <= range
  const model = (draft.modelDir ?? '').split(/[\\/]/).at(-1) ?? ''
  const labels = placeLabels(
    [
      ...(showsLimit
        ? [{ key: 'limit', x: x(limit), lines: [words.limit(whole(limit)), words.over(whole(overLimit))] }]
        : []),
      { key: 'median', x: x(median), lines: [words.median(whole(median))] },
      { key: 'p95', x: x(p95), lines: [words.p95(whole(p95))] },
    ],
    width,
  )
  return (
    <div ref={frame} className="length-chart">
      <svg
        width={width}
        height={height}
        role="img"
        aria-label={words.summary(whole(median), whole(p95), whole(longest), whole(limit), whole(overLimit))}
      >
        {gridLines(highest).map((rows) => (
          <g key={rows}>
            <line
              className={rows === 0 ? 'axis' : 'grid'}
              x1={left}
              x2={width - right}
              y1={y(rows)}
              y2={y(rows)}
            />
            <text className="tick" x={left - 8} y={y(rows) + 4} textAnchor="end">
              {whole(rows)}
            </text>
          </g>
        ))}
        {bins.map((rows, i) => {
          const over = i * binTokens >= limit
          const from = x(i * binTokens) + 1
          return (
            <rect
              key={i * binTokens}
              className={over ? 'length-bar over' : 'length-bar'}
              x={from}
              y={y(rows)}
              width={Math.max(1, x((i + 1) * binTokens) - from)}
              height={base - y(rows)}
              rx={1.5}
            />
          )
        })}
        {bins.map((rows, i) => (
          <rect
            key={i * binTokens}
            className="length-catch"
            x={x(i * binTokens)}
            y={top}
            width={plot / bins.length}
            height={base - top}
            onPointerEnter={() => setHovered(i)}
            onPointerLeave={() => setHovered(null)}
          >
            <title>{words.bin(whole(i * binTokens), whole((i + 1) * binTokens - 1), whole(rows))}</title>
          </rect>
        ))}
        {ticks(range).map((tokens) => (
          <text key={tokens} className="tick" x={x(tokens)} y={base + 16} textAnchor="middle">
            {whole(tokens)}
          </text>
        ))}
        {labels.map(({ key, x: at, lane, atEnd, lines }) => (
          <g key={key} className={key}>
            <line className="mark" x1={at} x2={at} y1={4 + lane * laneHeight} y2={base} />
            {lines.map((line, i) => (
              <text
                key={line}
                className="label"
                x={at + (atEnd ? -5 : 5)}
                y={14 + (lane + i) * laneHeight}
                textAnchor={atEnd ? 'end' : 'start'}
              >
                {line}
                {key === 'limit' && <title>{words.overHelp}</title>}
              </text>
            ))}
          </g>
        ))}
        <text className="tick" x={left + plot / 2} y={height - 4} textAnchor="middle">
          {words.axis(model)}
        </text>
      </svg>
      <p className="hint number length-foot">
        {hovered === null
          ? [
              !showsLimit && `${words.limit(whole(limit))}, ${words.noneOver}`,
              beyond > 0 && words.beyond(whole(beyond), whole(longest)),
            ]
              .filter(Boolean)
              .join('. ')
          : words.bin(
              whole(hovered * binTokens),
              whole((hovered + 1) * binTokens - 1),
              whole(bins[hovered] ?? 0),
            )}
      </p>
    </div>
  )
}

/** 0, and up to three more of a round step. */
function gridLines(highest: number): number[] {
  const rough = highest / 2
  const magnitude = 10 ** Math.floor(Math.log10(Math.max(1, rough)))
  const step = Math.max(1, ([5, 2, 1].find((n) => n * magnitude <= rough) ?? 1) * magnitude)
  return Array.from({ length: Math.floor(highest / step) + 1 }, (_, i) => i * step)
}

/** About eight round places on the axis, a power of two apart. */
function ticks(range: number): number[] {
  const step = 2 ** Math.max(0, Math.ceil(Math.log2(range / 9)))
  return Array.from({ length: Math.floor(range / step) + 1 }, (_, i) => i * step)
}
