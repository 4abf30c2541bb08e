import type UPlot from 'uplot'
import type { RunSteps } from './run-steps.ts'

export interface Mark {
  value: number
  words: string
}

/** The reference line with its words, and a dotted boundary with a name where each iteration starts. */
export function drawMarks(
  plot: UPlot,
  { steps, reference }: { steps: RunSteps; reference: Mark | undefined },
  colour: (token: string) => string,
): void {
  const { ctx, bbox } = plot
  const scale = window.devicePixelRatio
  ctx.save()
  ctx.font = `${11 * scale}px system-ui`
  ctx.lineWidth = scale
  if (reference) {
    const y = plot.valToPos(reference.value, 'y', true)
    stroke(ctx, colour('--text2'), [4 * scale, 4 * scale], bbox.left, y, bbox.left + bbox.width, y)
    ctx.fillStyle = colour('--text2')
    ctx.textAlign = 'right'
    ctx.fillText(reference.words, bbox.left + bbox.width, y - 5 * scale)
  }
  ctx.textAlign = 'left'
  for (const { iteration, startsAt } of steps.iterations) {
    const x = plot.valToPos(startsAt, 'x', true)
    if (startsAt > 0)
      stroke(ctx, colour('--control'), [scale, 3 * scale], x, bbox.top, x, bbox.top + bbox.height)
    ctx.fillStyle = colour('--text3')
    ctx.fillText(`It. ${iteration}`, x + 4 * scale, bbox.top + 10 * scale)
  }
  ctx.restore()
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
}
