import { digitsOf, roundStep } from '../charts/round-step.ts'
import { fixed } from '../components/numbers.ts'

/** Axes from the middle outwards, the first one up, the others clockwise. Lengths in pixels. */

export interface Spot {
  x: number
  y: number
}

export interface RadarScale {
  low: number
  high: number
  /** Round values of the rings, the outermost last. */
  rings: number[]
  show(value: number): string
}

const ringsAbout = 4

/** One scale for all axes, so that the shape can be read: from a round value below all of them to one above. */
export function radarScale(values: readonly number[]): RadarScale {
  const [least, most] = values.length === 0 ? [0, 100] : [Math.min(...values), Math.max(...values)]
  const step = roundStep((most - least || Math.abs(most) || 1) / ringsAbout)
  // The lowest value stands off the middle, where all axes meet.
  const low = Math.max(0, Math.floor(least / step) * step - step)
  const high = Math.max(Math.ceil(most / step) * step, low + step)
  const count = Math.round((high - low) / step)
  return {
    low,
    high,
    rings: Array.from({ length: count }, (_, i) => low + (i + 1) * step),
    show: (value) => fixed(value, digitsOf(step)),
  }
}

export function radarSpot(index: number, axes: number, distance: number, middle: Spot): Spot {
  const angle = (2 * Math.PI * index) / axes - Math.PI / 2
  return { x: middle.x + distance * Math.cos(angle), y: middle.y + distance * Math.sin(angle) }
}

/** The outline of one model; a task that it has no score of leaves a gap. */
export function radarPath(
  values: readonly (number | null)[],
  { low, high }: Pick<RadarScale, 'low' | 'high'>,
  radius: number,
  middle: Spot,
): string {
  const spots = values.map((value, i) =>
    value === null ? null : radarSpot(i, values.length, (radius * (value - low)) / (high - low), middle),
  )
  if (spots.every((spot) => spot !== null)) return `M${spots.map(written).join('L')}Z`
  return spots
    .flatMap((spot, i) => {
      const next = spots[(i + 1) % spots.length]
      return spot && next ? [`M${written(spot)}L${written(next)}`] : []
    })
    .join('')
}

const written = ({ x, y }: Spot): string => `${x.toFixed(2)} ${y.toFixed(2)}`

/** Where an axis's name stands beside its end. */
export function nameAnchor(index: number, axes: number): 'start' | 'middle' | 'end' {
  const across = Math.cos((2 * Math.PI * index) / axes - Math.PI / 2)
  return Math.abs(across) < 0.1 ? 'middle' : across > 0 ? 'start' : 'end'
}
