import UPlot from 'uplot'
import { chartStrings } from '../strings/charts.ts'
import { axisWidth } from './axis-width.ts'
import { chartFont, drawMarks, type Drawn } from './chart-marks.ts'
import type { ChartSpec } from './chart-spec.ts'
import { plottedColumns, shownIterations } from './plotted-columns.ts'

const rightRoom = 52 // for the value at the line's end
const closestTicks = 44 // px

export interface MetricPlot {
  draw(drawn: Drawn): void
  /** Where a value of the axis lies, in CSS pixels from the plot's left edge. */
  left(x: number): number
  /** The element over the lines; pointer positions are relative to it. */
  over: HTMLElement
  valueAt(left: number): number
  width(): number
  /** PNG. */
  image(background: string): Promise<Uint8Array>
  destroy(): void
}

/** uPlot with this chart's axes and marks. A canvas does not follow CSS variables: another colour scheme is another plot. */
export function createMetricPlot(
  element: HTMLElement,
  spec: ChartSpec,
  first: Drawn,
  words: {
    step: (step: number) => string
    number: (step: number) => string
    iteration: (n: number) => string
  },
): MetricPlot {
  let drawn = first
  const colour = (token: string): string => getComputedStyle(element).getPropertyValue(token).trim()
  const axis: UPlot.Axis = {
    stroke: colour('--text3'),
    font: '11px "Inter Variable", Inter, system-ui, sans-serif',
    grid: { stroke: colour('--grid'), width: 1 },
    ticks: { show: false },
  }
  const columns = (): UPlot.AlignedData => {
    const metrics = spec.lines.map(({ metric }) => metric)
    const plotted = plottedColumns(
      drawn.steps,
      drawn.scope,
      metrics,
      Math.max(100, element.clientWidth - 100),
    )
    return (
      spec.log ? plotted.map((column, i) => (i === 0 ? column : column.map(aboveZero))) : plotted
    ) as UPlot.AlignedData
  }
  const plot = new UPlot(
    {
      ...sizeOf(element),
      padding: [22, rightRoom, 0, 0],
      scales: {
        x: { time: false, range: () => [drawn.scope.from, drawn.scope.to] },
        y: {
          ...(spec.log ? { distr: 3 as const } : {}),
          range: (_plot, low, high) => rangeOf(spec, low, high),
        },
      },
      legend: { show: false },
      cursor: { show: false },
      axes: [
        {
          ...axis,
          size: 26,
          grid: { show: false },
          splits: (self) => ticksOf(drawn, self.bbox.width / UPlot.pxRatio),
          values: (_plot, ticks) =>
            ticks.map((tick, i) => {
              const step = tick - (drawn.scope.iteration === null ? 0 : drawn.scope.from)
              return i === 0 ? words.step(step) : words.number(step)
            }),
        },
        {
          ...axis,
          size: (_plot, labels: readonly string[] | null) => axisWidth(labels ?? [], 8, 40),
          gap: 6,
          ...(spec.log ? { splits: (_plot, _axis, low, high) => powersOfTen(low, high) } : {}),
          values: (_plot, ticks) => {
            const step = (ticks[1] ?? 1) - (ticks[0] ?? 0)
            return ticks.map((tick) => (tick === null ? '' : (spec.tick ?? spec.show)(tick, step)))
          },
        },
      ],
      series: [
        {},
        ...spec.lines.flatMap<UPlot.Series>(({ colour: token, dashed }) => [
          { stroke: colour(token), width: 1, alpha: 0.22, paths: brokenLine, points: { show: false } },
          {
            stroke: colour(token),
            width: 1.75,
            paths: brokenLine,
            points: { show: false },
            ...(dashed ? { dash: [5, 3] } : {}),
          },
        ]),
      ],
      hooks: { draw: [(self) => drawMarks(self, spec, drawn, colour, words.iteration)] },
    },
    columns(),
    element,
  )
  const resize = new ResizeObserver(() => {
    if (element.clientWidth === 0) return
    plot.setSize(sizeOf(element))
    plot.setData(columns())
  })
  resize.observe(element)
  return {
    draw(next) {
      drawn = next
      plot.setData(columns())
    },
    left: (x) => plot.valToPos(x, 'x'),
    over: plot.over,
    valueAt: (left) => plot.posToVal(left, 'x'),
    width: () => plot.over.clientWidth,
    async image(background) {
      const { canvas } = plot.ctx
      const copy = document.createElement('canvas')
      copy.width = canvas.width
      copy.height = canvas.height + 24 * UPlot.pxRatio
      const ctx = copy.getContext('2d')!
      ctx.fillStyle = background
      ctx.fillRect(0, 0, copy.width, copy.height)
      ctx.drawImage(canvas, 0, 24 * UPlot.pxRatio)
      ctx.fillStyle = colour('--text')
      ctx.font = chartFont(600)
      ctx.fillText(`${spec.title}, ${spec.unit}`, 8 * UPlot.pxRatio, 16 * UPlot.pxRatio)
      const png = await new Promise<Blob | null>((resolve) => copy.toBlob(resolve))
      if (!png) throw new Error(chartStrings.tooLarge)
      return new Uint8Array(await png.arrayBuffer())
    },
    destroy() {
      resize.disconnect()
      plot.destroy()
    },
  }
}

const sizeOf = (element: HTMLElement): { width: number; height: number } => ({
  width: Math.max(160, element.clientWidth),
  height: Math.max(160, element.clientHeight),
})

/** Lifts the pen at every null. uPlot itself only clips the gap away, which between two iterations is thinner than a pixel. */
const brokenLine: UPlot.Series.PathBuilder = (plot, seriesIndex, from, to) => {
  const [xs] = plot.data
  const ys = plot.data[seriesIndex]
  const stroke = new Path2D()
  let isDown = false
  for (let i = from; i <= to; i++) {
    const value = ys?.[i]
    if (value === null || value === undefined) {
      isDown = false
      continue
    }
    const x = plot.valToPos(xs[i]!, 'x', true)
    const y = plot.valToPos(value, 'y', true)
    if (isDown) stroke.lineTo(x, y)
    else stroke.moveTo(x, y)
    isDown = true
  }
  return { stroke, flags: 0 }
}

const aboveZero = (value: number | null): number | null => (value !== null && value > 0 ? value : null)

const powersOfTen = (low: number, high: number): number[] => {
  const from = Math.ceil(Math.log10(low) - 1e-9)
  const to = Math.floor(Math.log10(high) + 1e-9)
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => 10 ** (from + i))
}

function rangeOf(spec: ChartSpec, low: number | null, high: number | null): [number, number] {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high))
    return spec.log ? [1e-6, 1e-3] : (spec.range?.(0, 1) ?? [0, 1])
  // Any other range sends uPlot's logarithmic ticks into an endless list.
  if (spec.log) return UPlot.rangeLog(low, high, 10, true) as [number, number]
  if (spec.range) return spec.range(low, high)
  const room = (high - low || Math.abs(high) || 1) * 0.06
  return [low - room, high + room]
}

/** On the boundaries of iterations and at the end; within one iteration at round steps. */
function ticksOf({ steps, scope }: Drawn, width: number): number[] {
  const span = scope.to - scope.from
  if (scope.iteration !== null) {
    const rough = span / Math.max(2, Math.floor(width / 80))
    const size = 10 ** Math.floor(Math.log10(Math.max(1, rough)))
    const every = Math.max(1, [1, 2, 5, 10].map((n) => n * size).find((n) => n >= rough) ?? rough)
    return Array.from({ length: Math.floor(span / every) + 1 }, (_, i) => scope.from + i * every)
  }
  const closest = (span * closestTicks) / Math.max(1, width)
  const wanted = [...shownIterations(steps, scope).map(({ startsAt }) => startsAt), scope.to]
  const ticks: number[] = []
  for (const tick of wanted) {
    // The end is always named.
    while (tick === scope.to && ticks.length > 1 && tick - ticks.at(-1)! < closest) ticks.pop()
    if (ticks.length === 0 || tick - ticks.at(-1)! >= closest) ticks.push(tick)
  }
  return ticks
}
