import { useWidth } from '../components/use-width.ts'
import { benchmarksStrings } from '../strings/benchmarks.ts'
import { baseIteration, modelName, sftIteration } from './model-names.ts'
import { nameAnchor, radarPath, radarScale, radarSpot } from './radar-geometry.ts'
import { points } from './score-format.ts'
import type { ScoreTable } from './score-table.ts'

const words = benchmarksStrings.charts
const height = 252
const leastWidth = 300
const nameRoom = 96
const radiusMost = 96

/** Base, plain SFT and the best iteration (the newest while there is no best), an axis a task. */
export function RadarChart({ table }: { table: ScoreTable }) {
  const [frame, measured] = useWidth()
  const shown = shownRows(table)
  const axes = table.columns
  // An axis or two make no shape.
  if (axes.length < 3 || shown.length === 0) return null
  const width = Math.max(leastWidth, measured)
  const middle = { x: width / 2, y: height / 2 }
  const radius = Math.min(radiusMost, width / 2 - nameRoom)
  const outlines = shown.map(({ iteration, cells }) => ({
    iteration,
    values: axes.map((task) => {
      const value = cells.get(task)?.score.value
      return value === undefined ? null : 100 * value
    }),
  }))
  const scale = radarScale(outlines.flatMap(({ values }) => values.filter((value) => value !== null)))
  const at = (value: number): number => (radius * (value - scale.low)) / (scale.high - scale.low)
  return (
    <div>
      <h2>
        {words.radar}{' '}
        <span className="hint">{words.radarHint(scale.show(scale.low), scale.show(scale.high))}</span>
      </h2>
      <div ref={frame}>
        <svg
          width={width}
          height={height}
          role="img"
          aria-label={`${words.radarName}. ${summaryOf(table)}`}
          className="bench-radar"
        >
          {scale.rings.map((ring) => (
            <path
              key={ring}
              d={radarPath(
                axes.map(() => ring),
                scale,
                radius,
                middle,
              )}
              className="ring"
            />
          ))}
          {axes.map((task, i) => {
            const end = radarSpot(i, axes.length, radius, middle)
            const name = radarSpot(i, axes.length, radius + 10, middle)
            return (
              <g key={task}>
                <line x1={middle.x} y1={middle.y} x2={end.x} y2={end.y} className="axis" />
                <text x={name.x} y={name.y + 4} textAnchor={nameAnchor(i, axes.length)}>
                  {benchmarksStrings.task(task)}
                </text>
              </g>
            )
          })}
          {scale.rings.slice(0, -1).map((ring) => (
            <text key={ring} x={middle.x + 4} y={middle.y - at(ring) + 4} className="ring-name">
              {scale.show(ring)}
            </text>
          ))}
          {outlines.map(({ iteration, values }) => (
            <g key={iteration} className={`outline ${strokeOf(iteration)}`}>
              <path d={radarPath(values, scale, radius, middle)} />
              {values.map((value, i) => {
                if (value === null) return null
                const { x, y } = radarSpot(i, axes.length, at(value), middle)
                return <circle key={axes[i]} cx={x} cy={y} r={2.5} />
              })}
            </g>
          ))}
        </svg>
      </div>
      <p className="bench-keys hint">
        {shown.map(({ iteration }) => (
          <span key={iteration} className="row">
            <svg width="20" height="10" aria-hidden="true" className="bench-radar">
              <g className={`outline ${strokeOf(iteration)}`}>
                <path d="M0 5H20" />
              </g>
            </svg>
            {modelName(iteration)}
          </span>
        ))}
      </p>
    </div>
  )
}

const strokeOf = (iteration: number): string =>
  iteration === baseIteration ? 'base' : iteration === sftIteration ? 'sft' : 'own'

/** More than three outlines hide each other. */
function shownRows({ rows }: ScoreTable): ScoreTable['rows'] {
  const iterations = rows.filter(({ iteration }) => iteration >= 0)
  const own = iterations.find(({ average }) => average?.isBest) ?? iterations.at(-1)
  return [...rows.filter(({ iteration }) => iteration < 0), ...(own ? [own] : [])]
}

function summaryOf(table: ScoreTable): string {
  return shownRows(table)
    .map(({ iteration, cells }) => {
      const parts = table.columns.flatMap((task) => {
        const score = cells.get(task)?.score
        return score ? [`${benchmarksStrings.task(task)} ${points(score.value)}`] : []
      })
      return `${modelName(iteration)}: ${parts.join(', ')}`
    })
    .join('. ')
}
