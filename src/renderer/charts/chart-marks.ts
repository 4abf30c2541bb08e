import UPlot from 'uplot'
import type { ChartSpec } from './chart-spec.ts'
import { shownIterations, type Scope } from './plotted-columns.ts'
import type { RunSteps } from './run-steps.ts'

export interface Drawn {
  steps: RunSteps
  scope: Scope
}

export const chartFont = (weight = 400): string =>
  `${weight} ${11 * UPlot.pxRatio}px "Inter Variable", Inter, system-ui, sans-serif`

const closestLabels = 34 // px between the starts of two names
const endLabelHeight = 14

/**
 * Over the lines: the reference with its words, a dotted boundary with a name where each iteration starts, and at each line's
 * end a dot with its value.
 */
export function drawMarks(
  plot: UPlot,
  spec: ChartSpec,
  { steps, scope }: Drawn,
  colour: (token: string) => string,
  iterationName: (iteration: number) => string,
): void {
  const { ctx, bbox } = plot
  const px = UPlot.pxRatio
  const right = bbox.left + bbox.width
  ctx.save()
  ctx.lineWidth = px
  ctx.textBaseline = 'alphabetic'
  const shown = shownIterations(steps, scope)
  let isLast = true
  let nextName = Infinity
  // From the end: where names do not all fit, the newest iteration keeps its own.
  for (const { iteration, startsAt } of shown.toReversed()) {
    const x = plot.valToPos(startsAt, 'x', true)
    if (startsAt > scope.from)
      stroke(ctx, colour('--control'), [px, 3 * px], x, bbox.top - 14 * px, x, bbox.top + bbox.height)
    if (x + closestLabels * px > nextName) continue
    ctx.font = chartFont(isLast ? 600 : 400)
    ctx.fillStyle = colour(isLast ? '--text' : '--text3')
    ctx.textAlign = 'left'
    ctx.fillText(iterationName(iteration), x + 3 * px, bbox.top - 6 * px)
    nextName = x
    isLast = false
  }
  if (spec.reference) {
    const y = plot.valToPos(spec.reference.value, 'y', true)
    stroke(ctx, colour('--text2'), [4 * px, 3 * px], bbox.left, y, right, y)
    ctx.font = chartFont()
    ctx.fillStyle = colour('--text2')
    ctx.textAlign = 'right'
    ctx.fillText(spec.reference.words, right, y - 5 * px)
  }
  drawEnds(plot, spec, { steps, scope }, colour)
  ctx.restore()
}

function drawEnds(
  plot: UPlot,
  spec: ChartSpec,
  { steps, scope }: Drawn,
  colour: (token: string) => string,
): void {
  const last = shownIterations(steps, scope).at(-1)
  if (!last || last.length === 0) return
  const { ctx } = plot
  const px = UPlot.pxRatio
  const x = plot.valToPos(last.startsAt + last.step.at(-1)!, 'x', true)
  const ends = spec.lines
    .map((line) => ({ line, value: last.smooth[line.metric].at(-1) ?? Number.NaN }))
    .filter(({ value }) => !Number.isNaN(value) && !(spec.log && value <= 0))
    .map((end) => ({ ...end, y: plot.valToPos(end.value, 'y', true) }))
    .toSorted((a, b) => a.y - b.y)
  let free = -Infinity
  for (const { line, value, y } of ends) {
    ctx.fillStyle = colour(line.colour)
    ctx.beginPath()
    ctx.arc(x, y, 3 * px, 0, 2 * Math.PI)
    ctx.fill()
    const at = Math.max(y, free)
    ctx.font = chartFont(600)
    ctx.textAlign = 'left'
    ctx.fillText(spec.show(value), x + 7 * px, at + 4 * px)
    free = at + endLabelHeight * px
  }
}

function stroke(
  ctx: CanvasRenderingContext2D,
  style: string,
  dash: number[],
  x0: number,
  y0: number,
  x1: number,
  y1: number,
): void {
  ctx.beginPath()
  ctx.setLineDash(dash)
  ctx.strokeStyle = style
  ctx.moveTo(x0, y0)
  ctx.lineTo(x1, y1)
  ctx.stroke()
  ctx.setLineDash([])
}
