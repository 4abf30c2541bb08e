import type { OptimizerSettings } from '../../contract/settings.ts'
import type { Optimizer, OptimizerOptions, OptimizerState, TensorMap } from './optimizer.ts'
import { copyState, ParameterUpdate } from './optimizer-state.ts'

/**
 * torch.optim.RMSprop without momentum, not centered: the optimizer of the official run.
 * v ← α·v + (1 − α)·g²;  p ← p − lr · g / (√v + ε).  Weight decay is added to the gradient (L2).
 */
export function createRmsprop(
  settings: OptimizerSettings,
  parameters: TensorMap,
  options: OptimizerOptions = {},
): Optimizer {
  const { alpha, eps } = settings
  const step = new Float32Array(1)
  const rule = { kernels: { 32: 'rmsprop', 8: 'rmsprop8' }, moments: ['square_avg'] } as const
  const update = new ParameterUpdate(rule, settings, parameters, options)
  const state: OptimizerState = new Map([['step', step], ...update.state])
  return {
    step(grads, lr, scale = 1) {
      update.apply(grads, [lr, scale, alpha, eps])
      step[0]!++
    },
    state: () => state,
    load: (saved) => copyState(saved, state),
  }
}
