import { existsSync, readFileSync } from 'node:fs'
import { StepMetrics } from '../../contract/engine.ts'
import type { CurvePoint } from '../../contract/report.ts'

/**
 * The training curve from the trainer's metrics.jsonl, one StepMetrics a line. A run that was killed and resumed may
 * hold a step twice or end in half a line: the later entry of a step wins and a broken last line is left out.
 */
export function readTrainingCurve(path: string, maxPoints = 400): CurvePoint[] {
  if (!existsSync(path)) return []
  const bySteps = new Map<number, CurvePoint>()
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const metrics = parseLine(line)
    if (metrics) bySteps.set(metrics.step, toPoint(metrics))
  }
  const points = [...bySteps.values()].sort((a, b) => a.step - b.step)
  return thin(points, maxPoints)
}

export function toPoint(metrics: StepMetrics): CurvePoint {
  const { step, spinLoss, nll, margin, accuracy, rewardReal, rewardGenerated } = metrics
  return { step, spinLoss, nll, margin, accuracy, rewardReal, rewardGenerated }
}

/** Every k-th point; the last one always stays. */
function thin(points: CurvePoint[], maxPoints: number): CurvePoint[] {
  const every = Math.ceil(points.length / maxPoints)
  return every <= 1 ? points : points.filter((_, i) => i % every === 0 || i === points.length - 1)
}

function parseLine(line: string): StepMetrics | null {
  if (line.trim() === '') return null
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return null // the half line of a killed process
  }
  // The trainer's file may leave out the wire's tag.
  const parsed = StepMetrics.safeParse({ kind: 'step', ...(value as object) })
  return parsed.success ? parsed.data : null
}
