import type { OptimizerSettings } from '../../contract/settings.ts'
import type { Optimizer, OptimizerOptions, OptimizerState, TensorMap } from './optimizer.ts'
import { copyState, ParameterUpdate } from './optimizer-state.ts'

/**
 * torch.optim.AdamW: p ← p·(1 − lr·λ);  m ← β₁m + (1 − β₁)g;  v ← β₂v + (1 − β₂)g²;
 * p ← p − lr/(1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε).  The decay λ is decoupled from the gradient.
 */
export function createAdamW(
  settings: OptimizerSettings,
  parameters: TensorMap,
  options: OptimizerOptions = {},
): Optimizer {
  const { beta1, beta2, eps } = settings
  // float32 counts exactly to 2²⁴ steps, far beyond any run of this product.
  const step = new Float32Array(1)
  const rule = { kernels: { 32: 'adamw', 8: 'adamw8' }, moments: ['exp_avg', 'exp_avg_sq'] } as const
  const update = new ParameterUpdate(rule, settings, parameters, options)
  const state: OptimizerState = new Map([['step', step], ...update.state])
  return {
    step(grads, lr, scale = 1) {
      const t = step[0]! + 1
      update.apply(grads, [
        lr / (1 - beta1 ** t),
        1 / Math.sqrt(1 - beta2 ** t),
        scale,
        lr,
        beta1,
        beta2,
        eps,
      ])
      step[0] = t
    },
    state: () => state,
    load: (saved) => copyState(saved, state),
  }
}
