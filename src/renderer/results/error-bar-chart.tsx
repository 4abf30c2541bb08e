import type { ResultTest } from '../../contract/app.ts'
import { resultsStrings as words } from '../strings/results.ts'
import { baseIteration, modelName, sftIteration, shortModelName } from './model-name.ts'
import { showScore } from './score-format.ts'

interface Size {
  width: number
  height: number
  left: number
  right: number
  top: number
  bottom: number
}
const large: Size = { width: 560, height: 232, left: 36, right: 104, top: 12, bottom: 28 }
const small: Size = { width: 132, height: 116, left: 30, right: 6, top: 8, bottom: 20 }

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
  const size = isSmall ? small : large
  const scored = Object.entries(test.scores)
    .map(([iteration, score]) => ({ iteration: Number(iteration), ...score }))
    .toSorted((a, b) => a.iteration - b.iteration)
  const dots = scored.filter(({ iteration }) => iteration >= 0)
  const levels = scored.filter(({ iteration }) => iteration < 0)
  const scale = verticalScale(scored, size)
  const { width, height, left, right, top, bottom } = size
  const x = (i: number): number => left + ((i + 0.5) * (width - left - right)) / Math.max(1, dots.length)
  const ticks = isSmall ? [scale.low, scale.high] : scale.ticks
  const parts = scored.map(({ iteration, mean }) =>
    words.chart.part(modelName(iteration), showScore(mean, test.unit)),
  )
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      width={isSmall ? width : '100%'}
      height={isSmall ? height : undefined}
      role="img"
      aria-label={words.chart.summary(test.name, parts.join(', '))}
      className="error-bars"
    >
      {ticks.map((tick) => (
        <g key={tick}>
          <line x1={left} x2={width - right} y1={scale.y(tick)} y2={scale.y(tick)} className="grid" />
          <text x={left - 6} y={scale.y(tick) + 4} textAnchor="end">
            {showTick(tick, scale.step)}
          </text>
        </g>
      ))}
      {levels.map(({ iteration, mean }) => (
        <line
          key={iteration}
          x1={left}
          x2={width - right}
          y1={scale.y(mean)}
          y2={scale.y(mean)}
          className={iteration === sftIteration ? 'level sft' : 'level base'}
        />
      ))}
      <polyline points={dots.map(({ mean }, i) => `${x(i)},${scale.y(mean)}`).join(' ')} className="path" />
      {dots.map(({ iteration, mean, low, high }, i) => (
        <g key={iteration} className={iteration === best ? 'dot best' : 'dot'}>
          {low !== null && high !== null && (
            <path
              d={`M${x(i)} ${scale.y(low)}V${scale.y(high)}M${x(i) - 4} ${scale.y(low)}h8M${x(i) - 4} ${scale.y(high)}h8`}
            />
          )}
          <circle cx={x(i)} cy={scale.y(mean)} r={isSmall ? 3 : 4.5} />
          {!isSmall && (
            <text x={x(i) + 10} y={scale.y(mean) + (i % 2 === 0 ? 16 : -6)} className="value">
              {iteration === best ? words.chart.best(showScore(mean, test.unit)) : showScore(mean, test.unit)}
            </text>
          )}
          <text
            x={x(i)}
            y={height - bottom + 18}
            textAnchor="middle"
            className={iteration === best ? 'strong' : ''}
          >
            {isSmall ? iteration : modelName(iteration)}
          </text>
        </g>
      ))}
      {!isSmall &&
        placeLabels(levels, scale.y).map(({ iteration, mean, y }) => (
          <text key={iteration} x={width - right + 8} y={y + 4} className="level-name">
            {iteration === baseIteration
              ? words.chart.base(showScore(mean, test.unit))
              : words.chart.sft(showScore(mean, test.unit))}
          </text>
        ))}
      <title>{`${test.name}: ${dots.map(({ iteration }) => shortModelName(iteration)).join(', ')}`}</title>
      <line
        x1={left}
        x2={width - right}
        y1={height - bottom}
        y2={height - bottom}
        className="grid"
        data-top={top}
      />
    </svg>
  )
}

interface Scored {
  iteration: number
  mean: number
  low: number | null
  high: number | null
}

function verticalScale(scored: readonly Scored[], { height, top, bottom }: Size) {
  const lows = scored.map(({ mean, low }) => low ?? mean)
  const highs = scored.map(({ mean, high }) => high ?? mean)
  const span = Math.max(...highs) - Math.min(...lows) || Math.abs(highs[0] ?? 1) * 0.1 || 1
  const step = roundStep(span / 4)
  const low = Math.floor(Math.min(...lows) / step) * step
  const high = Math.ceil(Math.max(...highs) / step) * step
  const y = (value: number): number =>
    height - bottom - ((value - low) / (high - low || 1)) * (height - top - bottom)
  const ticks = Array.from({ length: Math.round((high - low) / step) + 1 }, (_, i) => low + i * step)
  return { low, high, step, y, ticks }
}

/** 1, 2 or 5 times a power of ten. */
function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough))
  const factor = [1, 2, 5, 10].find((f) => f * power >= rough) ?? 10
  return factor * power
}

const showTick = (tick: number, step: number): string =>
  tick.toFixed(Math.max(0, -Math.floor(Math.log10(step)))).replace('-', '−')

const labelGap = 15

/** Labels of lines that lie close are moved apart. */
function placeLabels<T extends { mean: number }>(levels: readonly T[], y: (value: number) => number) {
  const placed = levels.map((level) => ({ ...level, y: y(level.mean) })).toSorted((a, b) => a.y - b.y)
  return placed.map((label, i) => {
    const above = placed[i - 1]
    return above && label.y - above.y < labelGap ? { ...label, y: above.y + labelGap } : label
  })
}
