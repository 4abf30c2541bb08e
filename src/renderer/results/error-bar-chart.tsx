import type { ResultTest } from '../../contract/app.ts'
import { spreadLabels } from '../charts/spread-labels.ts'
import { useWidth } from '../components/use-width.ts'
import { resultsStrings as words } from '../strings/results.ts'
import { baseIteration, modelName, sftIteration } from './model-name.ts'
import { showScore, shownScale } from './score-format.ts'
import { verticalScale, type Scored } from './vertical-scale.ts'

interface Size {
  height: number
  left: number
  right: number
  top: number
  bottom: number
}
const large: Size = { height: 232, left: 36, right: 104, top: 12, bottom: 28 }
const small: Size = { height: 116, left: 36, right: 6, top: 8, bottom: 20 }
const smallWidth = 138
const leastWidth = 320
const levelLabelRoom = 15

/** Iterations as dots with 95 % intervals, the best one filled; the base dotted, plain SFT long-dashed. */
export function ErrorBarChart({
  test,
  best,
  isSmall = false,
}: {
  test: ResultTest
  best: number | null
  isSmall?: boolean
}) {
  const [frame, measured] = useWidth()
  const { height, left, right, top, bottom } = isSmall ? small : large
  const width = isSmall ? smallWidth : Math.max(leastWidth, measured)
  const scored = shownScores(test)
  if (scored.length === 0) return <p className="hint">{words.none}</p>
  const dots = scored.filter(({ iteration }) => iteration >= 0)
  const levels = scored.filter(({ iteration }) => iteration < 0)
  const { y, ticks, showTick } = verticalScale(scored, top, height - bottom)
  const end = width - right
  const x = (i: number): number => left + ((i + 0.5) * (end - left)) / Math.max(1, dots.length)
  const heights = spreadLabels(
    levels.map(({ mean }) => y(mean)),
    levelLabelRoom,
    height - bottom,
  )
  const show = ({ iteration }: Scored): string => showScore(test.scores[iteration]!.mean, test.unit)
  const summary = scored.map((score) => words.chart.part(modelName(score.iteration), show(score))).join(', ')
  return (
    <div ref={frame}>
      <svg
        width={width}
        height={height}
        role="img"
        aria-label={words.chart.summary(test.name, summary)}
        className="error-bars"
      >
        {(isSmall ? [ticks[0]!, ticks.at(-1)!] : ticks).map((tick) => (
          <g key={tick}>
            <line x1={left} x2={end} y1={y(tick)} y2={y(tick)} className="grid" />
            <text x={left - 6} y={y(tick) + 4} textAnchor="end">
              {showTick(tick)}
            </text>
          </g>
        ))}
        {levels.map((level, i) => (
          <g key={level.iteration}>
            <line
              x1={left}
              x2={end}
              y1={y(level.mean)}
              y2={y(level.mean)}
              className={level.iteration === sftIteration ? 'level sft' : 'level base'}
            />
            {!isSmall && (
              <text x={end + 8} y={heights[i]! + 4} className="level-name">
                {level.iteration === baseIteration
                  ? words.chart.base(show(level))
                  : words.chart.sft(show(level))}
              </text>
            )}
          </g>
        ))}
        <polyline points={dots.map(({ mean }, i) => `${x(i)},${y(mean)}`).join(' ')} className="path" />
        {dots.map((dot, i) => (
          <Dot
            key={dot.iteration}
            dot={dot}
            x={x(i)}
            y={y}
            isBest={dot.iteration === best}
            isSmall={isSmall}
            isLow={i % 2 === 0}
            value={show(dot)}
            nameY={height - bottom + 18}
          />
        ))}
      </svg>
    </div>
  )
}

function Dot({
  dot: { iteration, mean, low, high },
  x,
  y,
  isBest,
  isSmall,
  isLow,
  value,
  nameY,
}: {
  dot: Scored
  x: number
  y: (value: number) => number
  isBest: boolean
  isSmall: boolean
  /** Its value stands below the line. */
  isLow: boolean
  value: string
  nameY: number
}) {
  return (
    <g className={isBest ? 'dot best' : 'dot'}>
      {low !== null && high !== null && (
        <path d={`M${x} ${y(low)}V${y(high)}M${x - 4} ${y(low)}h8M${x - 4} ${y(high)}h8`} />
      )}
      <circle cx={x} cy={y(mean)} r={isSmall ? 3 : 4.5} />
      {!isSmall && (
        <text x={x + 10} y={y(mean) + (isLow && !isBest ? 16 : -6)} className="value">
          {isBest ? words.chart.best(value) : value}
        </text>
      )}
      <text x={x} y={nameY} textAnchor="middle" className={isBest ? 'strong' : ''}>
        {isSmall ? iteration : modelName(iteration)}
      </text>
    </g>
  )
}

/** In the unit that is shown, by iteration. */
function shownScores({ scores, unit }: ResultTest): Scored[] {
  const scale = shownScale[unit]
  const scaled = (value: number | null): number | null => (value === null ? null : value * scale)
  return Object.entries(scores)
    .map(([iteration, { mean, low, high }]) => ({
      iteration: Number(iteration),
      mean: mean * scale,
      low: scaled(low),
      high: scaled(high),
    }))
    .toSorted((a, b) => a.iteration - b.iteration)
}
