import type { StepMetrics } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import {
  type GateSettings,
  type Precision,
  step0Loss,
  type TrainingSettings,
} from '../../contract/settings.ts'

/** What rounding to a half changes at most, as a share. */
const unitRoundoff = { f32: 0, f16: 2 ** -11, bf16: 2 ** -8 } as const
/** An answer of the published run; the noise of longer ones grows with the root of their length. */
const answerTokens = 256

/**
 * How far from its value rounding alone may take the first loss, three standard deviations. The opponent was scored in the same
 * type, but in batches of other shapes: a device may add in another order, a sum then rounds to the neighbouring half, and a few
 * layers on nothing rounds alike. Measured on the starter, rounding moves a token's log-prob by 1.6 (f16) to 1.9 (bf16)
 * unit roundoffs (standard deviation, nats); two answers, scored twice. On the processor it was 0 in every batch.
 */
export function roundingOfStep0({
  lossType,
  beta,
  precision,
  batchSize,
}: Pick<TrainingSettings, 'lossType' | 'beta' | 'precision' | 'batchSize'>): number {
  const summed = 2 * unitRoundoff[precision] * Math.sqrt(4 * answerTokens) // of h, nats
  const noise = lossType === 'ipo' ? summed / answerTokens : summed
  // Derivatives of the loss by h at 0, see pair-loss.ts.
  const slope = { sigmoid: beta / 2, hinge: beta, ipo: 1 / beta }[lossType]
  const bend = { sigmoid: beta ** 2 / 8, hinge: 0, ipo: 1 }[lossType]
  return (3 * slope * noise) / Math.sqrt(batchSize) + bend * noise ** 2
}

/** Throws GATE_STEP0_LOSS where the first loss is not that of a model that equals its opponent. */
export function assertStep0(
  metrics: StepMetrics,
  settings: TrainingSettings,
  { step0Tolerance }: GateSettings,
): void {
  if (settings.objective === 'sft') return
  const expected = step0Loss(settings)
  // Of its size where it is large: IPO's 1/(4β²) is 25 at β = 0.1, and float32 log-probs carry its rounding.
  const tolerance = Number(
    (step0Tolerance * Math.max(1, expected) + roundingOfStep0(settings)).toPrecision(3),
  )
  if (Math.abs(metrics.spinLoss - expected) <= tolerance) return
  throw new AppError(
    'GATE_STEP0_LOSS',
    `Step 0 loss is ${metrics.spinLoss.toFixed(4)}, expected ${expected.toFixed(4)} ± ${tolerance}. The model and its opponent ` +
      'differ before training: the opponent log-probs were made with another model, template or dataset (delete them and start ' +
      'again), or the device computes wrong results ("spin-studio doctor" tries it).',
    { found: metrics.spinLoss, expected },
  )
}

/** Of a loss: sums of some thousand log-probs in float32 come to a hundredth of it. */
const lossTolerance = 1e-2

/**
 * Throws BACKEND_UNUSABLE where the loss that a program gave is not that of its own log-probs, or no log-prob is below 0: a
 * device that computes nothing, or nonsense, may do so for model and opponent alike, and then step 0 is what it should be.
 */
export function assertComputed({ loss, nll, entropy }: StepMetrics, lossOfLogps: number): void {
  const isOff = !(Math.abs(loss - lossOfLogps) <= lossTolerance * Math.max(1, Math.abs(lossOfLogps)))
  const isNothing = nll === 0 && entropy === 0
  if (!isOff && !isNothing) return
  const found = isNothing
    ? 'Expected log-probs below 0, found nothing but 0'
    : `Expected the loss of the log-probs, ${lossOfLogps.toFixed(4)}, found ${loss.toFixed(4)}`
  throw new AppError(
    'BACKEND_UNUSABLE',
    `${found}: what training runs on computes wrong results. Nothing was trained with them. "spin-studio doctor" tries it; ` +
      'install a current driver, or choose another device.',
    { found: loss, expected: lossOfLogps },
  )
}

const wrongNumbers =
  'Nothing was trained: the model’s own weights give such numbers, or the device computes wrong results ("spin-studio doctor" tries it).'

/** What to do about numbers that are not finite before anything was trained. */
export const notFiniteAdvice = {
  f32: wrongNumbers,
  bf16: wrongNumbers,
  f16: 'What this model computes leaves the range of f16: train it in bf16 or f32 (precision).',
} as const satisfies Record<Precision, string>

/** Throws NOT_FINITE. */
export function assertFinite(
  { step, loss, gradNorm: norm }: StepMetrics,
  { precision }: Pick<TrainingSettings, 'precision'>,
): void {
  if (Number.isFinite(loss) && Number.isFinite(norm)) return
  const advice =
    precision === 'f16' || step === 0
      ? notFiniteAdvice[precision]
      : 'The last checkpoint is whole. Lower the learning rate and resume.'
  throw new AppError(
    'NOT_FINITE',
    `Step ${step}: loss ${loss}, gradient norm ${norm}; both must be finite. ${advice}`,
    { step },
  )
}
