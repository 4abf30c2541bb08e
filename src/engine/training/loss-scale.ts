import { z } from 'zod'
import type { StepMetrics } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import { engineLogWords } from '../../strings/engine-log.ts'
import type { TrainingState } from './training-state.ts'

/**
 * Dynamic loss scaling (Micikevicius et al. 2018, §3.2), with the numbers and rules of torch.amp.GradScaler: gradients are
 * computed `scale` times as large, so that small ones are not lost in f16; where one overflows, the step is skipped and the
 * scale halved; after 2,000 steps without it is doubled. The scale is a power of two, so dividing by it is exact.
 */
export const LossScale = z.object({
  scale: z.number().gt(0),
  /** Steps since the scale last changed. */
  goodSteps: z.number().int().min(0),
  /** Steps that changed no weight, of the whole run and in a row. */
  skipped: z.number().int().min(0),
  skippedInRow: z.number().int().min(0),
})
export type LossScale = z.infer<typeof LossScale>

const growth = 2
const backoff = 0.5
const growthInterval = 2000
/** From 65,536 that is down to 2⁻⁹: gradients that overflow there do so at any scale. */
export const mostSkips = 25

export const initialLossScale = (scale = 65536): LossScale => ({
  scale,
  goodSteps: 0,
  skipped: 0,
  skippedInRow: 0,
})

/** After a step whose gradients were all finite, or were not and made no update. */
export function afterStep(state: LossScale, isFinite: boolean): LossScale {
  if (!isFinite) {
    const { scale, skipped, skippedInRow } = state
    return { scale: scale * backoff, goodSteps: 0, skipped: skipped + 1, skippedInRow: skippedInRow + 1 }
  }
  const goodSteps = state.goodSteps + 1
  const grows = goodSteps === growthInterval
  return {
    ...state,
    scale: grows ? state.scale * growth : state.scale,
    goodSteps: grows ? 0 : goodSteps,
    skippedInRow: 0,
  }
}

/** Whether the step that led to this state changed no weight. */
export const isSkipped = (state: LossScale | null): boolean => state !== null && state.skippedInRow > 0

/**
 * What a step with these metrics makes of the scale; writes into them the scale it was computed with and whether it is
 * skipped. Throws NOT_FINITE where no scale helps.
 */
export function scaledStep(
  used: LossScale,
  metrics: StepMetrics,
  onWarning: ((message: string) => void) | undefined,
): LossScale {
  const next = afterStep(used, Number.isFinite(metrics.gradNorm) && Number.isFinite(metrics.loss))
  metrics.lossScale = used.scale
  metrics.skippedSteps = next.skipped
  if (!isSkipped(next)) return next
  assertRecovering(next, metrics.step)
  metrics.gradNorm = 0
  onWarning?.(engineLogWords.skippedStep(metrics.step, used.scale, next.scale, next.skipped))
  return next
}

function assertRecovering({ scale, skippedInRow }: LossScale, step: number): void {
  if (skippedInRow < mostSkips) return
  throw new AppError(
    'NOT_FINITE',
    `Step ${step}: expected finite gradients, found NaN or infinity in ${skippedInRow} steps in a row, down to a loss scale of ` +
      `${scale}. What this model computes does not fit f16. Train it in bf16 or f32 (precision), or lower the learning ` +
      'rate and continue from the last checkpoint, which is whole.',
    { step, scale, skippedInRow },
  )
}

/** The norm of a step's gradients, infinity where one of them is no number. */
export async function normOrInfinity(state: Pick<TrainingState, 'gradientNorm'>): Promise<number> {
  try {
    return await state.gradientNorm()
  } catch (error) {
    if (error instanceof AppError && error.code === 'NOT_FINITE') return Number.POSITIVE_INFINITY
    throw error
  }
}
