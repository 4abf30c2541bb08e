import type { ComparedRun } from '../../contract/app.ts'
import { digitsOf, roundStep } from '../charts/round-step.ts'
import { signed } from '../components/numbers.ts'
import { useWidth } from '../components/use-width.ts'
import { compareStrings } from '../strings/compare.ts'
import { strokeOf, type RunStroke } from './run-stroke.ts'
import { columnName } from './twins.ts'

const words = compareStrings.changes
const rowHeight = 30
const nameWidth = 150
const leastPlotWidth = 200
const ticksAbout = 7
const valueWidth = 56

/** Each test's change from the run's own base, with its interval: one row a test, one mark a run. */
export function ChangeChart({ runs }: { runs: readonly ComparedRun[] }) {
  const [frame, measured] = useWidth()
  const tests = sharedTests(runs)
  if (tests.length === 0) return null
  const plotWidth = Math.max(leastPlotWidth, measured - nameWidth - valueWidth * runs.length)
  const bounds = tests.flatMap(({ changes }) =>
    changes.flatMap((c) => (c ? [c.low ?? c.mean, c.high ?? c.mean] : [])),
  )
  const low = Math.min(0, ...bounds)
  const high = Math.max(0, ...bounds)
  const pad = (high - low || 1) * 0.05
  const x = (value: number): number =>
    nameWidth + ((value - low + pad) / (high - low + 2 * pad || 1)) * plotWidth
  const step = roundStep((high - low || 1) / ticksAbout)
  const firstTick = Math.ceil((low - pad) / step)
  const tickCount = Math.floor((high + pad) / step) - firstTick + 1
  const ticks = Array.from({ length: tickCount }, (_, i) => (firstTick + i) * step)
  const width = nameWidth + plotWidth + valueWidth * runs.length
  const height = tests.length * rowHeight + 44
  return (
    <section className="compare-changes" aria-label={words.title}>
      <h2>
        {words.title} <span className="hint">{words.hint}</span>
      </h2>
      <div ref={frame} className="compare-frame">
        <svg
          width={width}
          height={height}
          role="img"
          aria-label={summaryOf(runs, tests)}
          className="compare-svg"
        >
          {ticks.map((tick) => (
            <g key={tick}>
              <line
                x1={x(tick)}
                x2={x(tick)}
                y1={20}
                y2={height - 20}
                className={tick === 0 ? 'zero' : 'grid'}
              />
              <text x={x(tick)} y={height - 4} textAnchor="middle">
                {tick === 0 ? words.base : signed(tick, digitsOf(step))}
              </text>
            </g>
          ))}
          {runs.map(({ run }, i) => (
            <text
              key={`${run.id}-${i}`}
              x={nameWidth + plotWidth + valueWidth * (i + 1)}
              y={12}
              textAnchor="end"
              style={{ fill: strokeOf(i).colour }}
              className="end-value"
            >
              {columnName(runs, i)}
            </text>
          ))}
          {tests.map(({ id, name, changes }, row) => {
            const middle = 36 + row * rowHeight
            return (
              <g key={id}>
                <text x={0} y={middle + 4} className="test-name">
                  {name}
                </text>
                {changes.map((change, i) => {
                  if (!change) return null
                  const stroke = strokeOf(i)
                  const y = middle + (i - (runs.length - 1) / 2) * 7
                  return (
                    <g key={`${runs[i]!.run.id}-${i}`} style={{ stroke: stroke.colour }}>
                      {change.low !== null && change.high !== null && (
                        <line
                          x1={x(change.low)}
                          x2={x(change.high)}
                          y1={y}
                          y2={y}
                          strokeDasharray={stroke.dash}
                          strokeWidth={1.5}
                        />
                      )}
                      <Mark stroke={stroke} x={x(change.mean)} y={y} />
                      <text
                        x={nameWidth + plotWidth + valueWidth * (i + 1)}
                        y={middle + 4}
                        textAnchor="end"
                        style={{ fill: stroke.colour, stroke: 'none' }}
                      >
                        {signed(change.mean)}
                      </text>
                    </g>
                  )
                })}
              </g>
            )
          })}
        </svg>
      </div>
    </section>
  )
}

function Mark({ stroke: { shape, colour }, x, y }: { stroke: RunStroke; x: number; y: number }) {
  if (shape === 'circle') return <circle cx={x} cy={y} r={4} style={{ fill: colour }} />
  if (shape === 'square')
    return <rect x={x - 3.5} y={y - 3.5} width={7} height={7} style={{ fill: 'var(--surface)' }} />
  const path = shape === 'diamond' ? `M${x} ${y - 5}l5 5-5 5-5-5z` : `M${x} ${y - 5}l5 9h-10z`
  return <path d={path} style={{ fill: 'var(--surface)' }} />
}

interface SharedTest {
  id: string
  name: string
  changes: (ComparedRun['changes'][number] | undefined)[]
}

/** Tests in points that at least one run has, in the order of the first that has it. */
export function sharedTests(runs: readonly ComparedRun[]): SharedTest[] {
  const found = new Map<string, string>()
  for (const { changes } of runs)
    for (const { testId, name, unit } of changes) if (unit === 'points') found.set(testId, name)
  return [...found].map(([id, name]) => ({
    id,
    name,
    changes: runs.map(({ changes }) => changes.find(({ testId }) => testId === id)),
  }))
}

function summaryOf(runs: readonly ComparedRun[], tests: readonly SharedTest[]): string {
  const rows = tests.map(({ name, changes }) => {
    const cells = changes.flatMap((change, i) =>
      change ? [words.cell(columnName(runs, i), signed(change.mean))] : [],
    )
    return `${name}: ${cells.join(', ')}`
  })
  return `${words.summary}. ${rows.join('. ')}`
}
