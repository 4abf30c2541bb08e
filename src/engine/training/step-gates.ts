import type { StepMetrics } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import { type GateSettings, step0Loss, type TrainingSettings } from '../../contract/settings.ts'

/** Throws GATE_STEP0_LOSS where the first loss is not that of a model that equals its opponent. */
export function assertStep0(
  metrics: StepMetrics,
  settings: TrainingSettings,
  { step0Tolerance }: GateSettings,
): void {
  if (settings.objective === 'sft') return
  const expected = step0Loss(settings)
  // Of its size where it is large: IPO's 1/(4β²) is 25 at β = 0.1, and float32 log-probs carry its rounding.
  const tolerance = step0Tolerance * Math.max(1, expected)
  if (Math.abs(metrics.spinLoss - expected) <= tolerance) return
  throw new AppError(
    'GATE_STEP0_LOSS',
    `Step 0 loss is ${metrics.spinLoss.toFixed(4)}, expected ${expected.toFixed(4)} ± ${tolerance}. The model and its opponent ` +
      'differ before training: the opponent log-probs were made with another model, template or dataset. Delete them and start again.',
    { found: metrics.spinLoss, expected },
  )
}

/** Throws NOT_FINITE. */
export function assertFinite({ step, loss, gradNorm: norm }: StepMetrics): void {
  if (Number.isFinite(loss) && Number.isFinite(norm)) return
  throw new AppError(
    'NOT_FINITE',
    `Step ${step}: loss ${loss}, gradient norm ${norm}; both must be finite. The last checkpoint is whole. Lower the learning rate and resume.`,
    { step },
  )
}
