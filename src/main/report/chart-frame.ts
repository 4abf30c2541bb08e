import { html, type SafeHtml } from './safe-html.ts'

/** The plotting area of one chart in SVG user units; a value's place on each axis. */
export interface ChartFrame {
  width: number
  height: number
  left: number
  right: number
  top: number
  bottom: number
  x: (value: number) => number
  y: (value: number) => number
}

export interface FrameOptions {
  x: readonly [number, number]
  y: readonly [number, number]
  width?: number
  height?: number
  /** Room right of the plot for labels at the lines' ends. */
  rightRoom?: number
}

export function chartFrame(options: FrameOptions): ChartFrame {
  const { width = 560, height = 224, rightRoom = 108 } = options
  const left = 40
  const right = width - rightRoom
  const top = 10
  const bottom = height - 26
  const scale = ([from, to]: readonly [number, number], start: number, end: number) => {
    const span = to - from || 1
    return (value: number) => start + ((value - from) / span) * (end - start)
  }
  return {
    width,
    height,
    left,
    right,
    top,
    bottom,
    x: scale(options.x, left, right),
    y: scale(options.y, bottom, top),
  }
}

/** Round steps that cut [low, high] into about `count` parts: 1, 2, 2.5 or 5 times a power of ten. */
export function axisTicks(low: number, high: number, count = 5): number[] {
  const rough = (high - low || 1) / count
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10) * power
  const ticks: number[] = []
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++)
    ticks.push(Number((i * step).toPrecision(12)))
  return ticks
}

/** Horizontal hairlines with their values on the left. */
export function yAxis(
  frame: ChartFrame,
  ticks: readonly number[],
  label: (value: number) => string,
): SafeHtml {
  return html`${ticks.map((tick) => {
    const y = round(frame.y(tick))
    return html`<line class="grid" x1="${frame.left}" x2="${round(frame.right)}" y1="${y}" y2="${y}" /><text
        x="${frame.left - 8}"
        y="${y + 4}"
        text-anchor="end"
        >${label(tick)}</text
      >`
  })}`
}

export function polyline(
  frame: ChartFrame,
  points: readonly (readonly [number, number])[],
  className: string,
): SafeHtml {
  const path = points.map(([x, y]) => `${round(frame.x(x))},${round(frame.y(y))}`).join(' ')
  return html`<polyline class="${className}" points="${path}" />`
}

/** One decimal is finer than any screen shows at this size, and keeps the file small. */
export function round(value: number): number {
  return Math.round(value * 10) / 10
}

/** Moves labels apart so that no two are closer than `gap`; keeps their order. Returns the new places. */
export function spreadLabels(places: readonly number[], gap: number, low: number, high: number): number[] {
  const order = places.map((place, index) => ({ place, index })).sort((a, b) => a.place - b.place)
  order.forEach((entry, i) => {
    const floor = i === 0 ? low : order[i - 1]!.place + gap
    entry.place = Math.max(entry.place, floor)
  })
  for (let i = order.length - 1; i >= 0; i--) {
    const ceiling = i === order.length - 1 ? high : order[i + 1]!.place - gap
    order[i]!.place = Math.min(order[i]!.place, ceiling)
  }
  const result = [...places]
  for (const { place, index } of order) result[index] = place
  return result
}
