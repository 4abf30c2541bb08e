import { useElementSize } from '@mantine/hooks'
import { useState } from 'react'
import { axisWidth } from '../charts/axis-width.ts'
import { digitsOf } from '../charts/round-step.ts'
import { spreadLabels } from '../charts/spread-labels.ts'
import { CopyIcon } from '../components/copy-icon.tsx'
import { fixed, signed } from '../components/numbers.ts'
import { samplesStrings as words } from '../strings/samples.ts'
import { stepPath, ticksOf } from './reward-marks.ts'
import { type RewardLine, tableOf } from './reward-table.ts'

const height = 116
const margin = { right: 112, top: 6, bottom: 20 }
const labelRoom = 14
const tokenTicks = 5
/** Shift and an arrow go this far. */
const farTokens = 10

/** Where in the answers the rewards arise: β·(policy − opponent), added up token by token. */
export function RewardChart({ lines }: { lines: RewardLine[] }) {
  const { ref, width } = useElementSize<HTMLDivElement>()
  const [at, setAt] = useState<number | null>(null)
  const longest = Math.max(1, ...lines.map(({ sums }) => sums.length - 1))
  const values = lines.flatMap(({ sums }) => [...sums])
  const ticks = ticksOf(Math.min(0, ...values), Math.max(0, ...values))
  const digits = digitsOf((ticks[1] ?? 1) - (ticks[0] ?? 0))
  const low = Math.min(ticks[0]!, ...values)
  const high = Math.max(ticks.at(-1)!, ...values)
  const left = axisWidth(
    ticks.map((tick) => fixed(tick, digits)),
    7,
    28,
  )
  const inner = Math.max(40, width - left - margin.right)
  const x = (token: number): number => left + (token / longest) * inner
  const y = (reward: number): number =>
    margin.top + ((high - reward) / Math.max(1e-9, high - low)) * (height - margin.top - margin.bottom)
  const ends = spreadLabels(
    lines.map(({ sums }) => y(sums.at(-1)!)),
    labelRoom,
    height - 4,
  )
  const point = (event: React.PointerEvent<SVGSVGElement>): void => {
    const box = event.currentTarget.getBoundingClientRect()
    const token = Math.round(((event.clientX - box.left - left) / inner) * longest)
    setAt(Math.min(longest, Math.max(0, token)))
  }
  const press = (event: React.KeyboardEvent): void => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (by === undefined) return
    event.preventDefault()
    const far = by * (event.shiftKey ? farTokens : 1)
    setAt(Math.min(longest, Math.max(0, (at ?? 0) + far)))
  }
  const told = lines.map(({ kind, sums }) => {
    const reward = sums[Math.min(at ?? sums.length - 1, sums.length - 1)]!
    return `${words.lineNames[kind]} ${signed(reward, 2)}`
  })
  return (
    <figure className="reward-chart">
      <figcaption>
        <h2>{words.rewardSoFar}</h2>{' '}
        <span className="hint number" aria-live="off">
          {at === null ? words.rewardSoFarUnit : words.atToken(at, told.join(', '))}
        </span>
        {lines.length > 0 && <CopyIcon text={tableOf(lines)} name={words.copyTable} copied={words.copied} />}
      </figcaption>
      <div ref={ref} style={{ height }}>
        {width > 0 && lines.length > 0 && (
          <svg
            width={width}
            height={height}
            role="img"
            aria-label={words.chartName(told.join(', '))}
            tabIndex={0}
            onPointerMove={point}
            onPointerLeave={() => setAt(null)}
            onBlur={() => setAt(null)}
            onKeyDown={press}
          >
            {ticks.map((tick) => (
              <g key={tick}>
                <line className="chart-grid" x1={left} x2={left + inner} y1={y(tick)} y2={y(tick)} />
                <text className="chart-tick" x={left - 7} y={y(tick) + 4} textAnchor="end">
                  {fixed(tick, digits)}
                </text>
              </g>
            ))}
            {ticksOf(0, longest, tokenTicks)
              .filter(Number.isInteger)
              .map((tick) => (
                <text
                  key={`token-${tick}`}
                  className="chart-tick"
                  x={x(tick)}
                  y={height - 4}
                  textAnchor={tick === 0 ? 'start' : 'middle'}
                >
                  {tick === 0 ? words.axisStart : tick}
                </text>
              ))}
            {at !== null && (
              <line
                className="chart-cursor"
                x1={x(at)}
                x2={x(at)}
                y1={margin.top}
                y2={height - margin.bottom}
              />
            )}
            {lines.map(({ kind, sums }, i) => (
              <g key={kind} className={`reward-line ${kind}`}>
                <path d={stepPath(sums, x, y)} />
                <circle cx={x(sums.length - 1)} cy={y(sums.at(-1)!)} r={3} />
                <text x={x(sums.length - 1) + 8} y={ends[i]! + 4}>
                  {signed(sums.at(-1)!, 2)} {words.lineNames[kind]}
                </text>
              </g>
            ))}
          </svg>
        )}
      </div>
    </figure>
  )
}
