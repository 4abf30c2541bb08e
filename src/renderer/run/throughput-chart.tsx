import type { Throughput } from '../../contract/app.ts'
import { axisWidth } from '../charts/axis-width.ts'
import { clock, duration, fixed, whole } from '../components/numbers.ts'
import { runStrings as words } from '../strings/run.ts'

const width = 368
const height = 96
const right = 40
const top = 8
const bottom = 20
const thousand = 1000
const anchors = ['start', 'middle', 'end'] as const

/** Tokens a second while this program has been at work. */
export function ThroughputChart({ throughput, isLive }: { throughput: Throughput | null; isLive: boolean }) {
  const values = throughput?.values ?? []
  const known = values.filter((value) => value !== null)
  const most = known.length > 0 ? Math.max(...known) : 0
  const thousands = most >= 2 * thousand
  const spanSeconds = Math.max(1, values.length * (throughput?.bucketSeconds ?? 1))
  const unit = words.throughputUnit(thousands, isLive ? duration(spanSeconds) : null)
  return (
    <section className="section" aria-label={words.throughput}>
      <h2>
        {words.throughput} {throughput && <span className="hint">{unit}</span>}
      </h2>
      {throughput ? (
        <Curve
          values={values}
          most={most}
          thousands={thousands}
          unit={unit}
          times={
            isLive
              ? [words.ago(spanSeconds), words.ago(spanSeconds / 2), words.now]
              : [0, spanSeconds / 2, spanSeconds].map((seconds) => clock(throughput.fromAt + 1000 * seconds))
          }
        />
      ) : (
        <p className="hint">{isLive ? words.throughputNone : words.throughputIdle}</p>
      )}
    </section>
  )
}

function Curve({
  values,
  most,
  thousands,
  times,
  unit,
}: {
  values: readonly (number | null)[]
  most: number
  thousands: boolean
  /** Of the left end, the middle and the right end. */
  times: readonly string[]
  unit: string
}) {
  const scale = thousands ? thousand : 1
  const ceiling = roundUp(most / scale)
  const tickName = (tick: number): string => (Number.isInteger(tick) ? whole(tick) : fixed(tick, 1))
  const ticks = [0, ceiling / 2, ceiling]
  const left = axisWidth(ticks.map(tickName), 8, 28)
  const x = (i: number): number => left + ((i + 0.5) / values.length) * (width - left - right)
  const y = (value: number): number => top + (1 - value / ceiling) * (height - top - bottom)
  const show = (value: number): string => (thousands ? fixed(value / scale, 1) : whole(value))
  const lastIndex = values.findLastIndex((value) => value !== null)
  const last = values[lastIndex] ?? 0
  return (
    <svg
      className="run-throughput number"
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={words.throughputSummary(show(last), unit)}
    >
      {ticks.map((tick) => (
        <g key={tick}>
          <line x1={left} x2={width - right} y1={y(tick)} y2={y(tick)} className="run-grid-line" />
          <text x={left - 8} y={y(tick) + 4} textAnchor="end">
            {tickName(tick)}
          </text>
        </g>
      ))}
      <path d={pathOf(values, x, (value) => y(value / scale))} className="run-throughput-line" />
      <circle cx={x(lastIndex)} cy={y(last / scale)} r={2.5} className="run-throughput-end" />
      <text x={x(lastIndex) + 8} y={y(last / scale) + 4} className="run-throughput-value">
        {show(last)}
      </text>
      {times.map((time, i) => (
        <text key={i} x={left + (i * (width - right - left)) / 2} y={height - 4} textAnchor={anchors[i]}>
          {time}
        </text>
      ))}
    </svg>
  )
}

/** Gaps where nothing was measured for a while; single missing buckets are bridged. */
function pathOf(
  values: readonly (number | null)[],
  x: (i: number) => number,
  y: (value: number) => number,
): string {
  let path = ''
  let lastIndex = -Infinity
  for (const [i, value] of values.entries()) {
    if (value === null) continue
    path += `${i - lastIndex > 3 ? 'M' : 'L'}${x(i).toFixed(1)} ${y(value).toFixed(1)}`
    lastIndex = i
  }
  return path
}

/** 18.4 → 20, 5.3 → 6: an even number of the leading digit, so that half of it is round as well. */
function roundUp(value: number): number {
  if (value <= 0) return 1
  const size = 10 ** Math.floor(Math.log10(value))
  return [1, 2, 4, 6, 8, 10].map((n) => n * size).find((n) => n >= value) ?? 10 * size
}
