import { digitsOf, roundStep } from '../charts/round-step.ts'
import { fixed } from '../components/numbers.ts'

export interface Scored {
  iteration: number
  mean: number
  low: number | null
  high: number | null
}

export interface VerticalScale {
  y(value: number): number
  ticks: number[]
  showTick(tick: number): string
}

/** From the lowest end of an interval to the highest, on round ticks, between `bottom` and `top` in pixels. */
export function verticalScale(scored: readonly Scored[], top: number, bottom: number): VerticalScale {
  const lows = scored.map(({ mean, low }) => low ?? mean)
  const highs = scored.map(({ mean, high }) => high ?? mean)
  const [least, most] = [Math.min(...lows), Math.max(...highs)]
  const span = most - least || Math.abs(most) * 0.1 || 1
  const step = roundStep(span / 4)
  // One value alone stands in the middle.
  const room = most === least ? step : 0
  const low = Math.floor(least / step) * step - room
  const high = Math.max(Math.ceil(most / step) * step + room, low + step)
  return {
    y: (value) => bottom - ((value - low) / (high - low)) * (bottom - top),
    ticks: Array.from({ length: Math.round((high - low) / step) + 1 }, (_, i) => low + i * step),
    showTick: (tick) => fixed(tick, digitsOf(step)),
  }
}
