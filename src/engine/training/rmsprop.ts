import type { OptimizerSettings } from '../../contract/settings.ts'
import type { Optimizer, OptimizerOptions, TensorMap } from './optimizer.ts'
import { copyState, gradientOf } from './optimizer-state.ts'

/**
 * torch.optim.RMSprop without momentum, not centered: the optimizer of the official run.
 * v ← α·v + (1 − α)·g²;  p ← p − lr · g / (√v + ε).  Weight decay is added to the gradient (L2).
 */
export function createRmsprop(
  settings: OptimizerSettings,
  parameters: TensorMap,
  { noDecay = () => false }: OptimizerOptions = {},
): Optimizer {
  const { alpha, eps, weightDecay } = settings
  const step = new Float32Array(1)
  const tensors = [...parameters].map(([name, parameter]) => ({
    name,
    parameter,
    squareAvg: new Float32Array(parameter.length),
    decay: noDecay(name) ? 0 : weightDecay,
  }))
  const state = new Map([
    ['step', step],
    ...tensors.map(({ name, squareAvg }) => [`square_avg.${name}`, squareAvg] as const),
  ])
  return {
    step(grads, lr, scale = 1) {
      step[0]!++
      for (const { name, parameter, squareAvg, decay } of tensors) {
        update(parameter, gradientOf(grads, name, parameter.length), squareAvg, lr, scale, decay, alpha, eps)
      }
    },
    state: () => state,
    load: (saved) => copyState(saved, state),
  }
}

// A top-level function of plain numbers and typed arrays: V8 compiles it once to a tight loop.
function update(
  p: Float32Array,
  grad: Float32Array,
  v: Float32Array,
  lr: number,
  scale: number,
  decay: number,
  alpha: number,
  eps: number,
): void {
  const rest = 1 - alpha
  for (let i = 0; i < p.length; i++) {
    const x = p[i]!
    const g = grad[i]! * scale + decay * x
    const average = alpha * v[i]! + rest * g * g
    v[i] = average
    p[i] = x - (lr * g) / (Math.sqrt(average) + eps)
  }
}
