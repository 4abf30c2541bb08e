import type { OptimizerSettings } from '../../contract/settings.ts'
import type { Optimizer, OptimizerOptions, TensorMap } from './optimizer.ts'
import { copyState, gradientOf } from './optimizer-state.ts'

/**
 * torch.optim.AdamW: p ← p·(1 − lr·λ);  m ← β₁m + (1 − β₁)g;  v ← β₂v + (1 − β₂)g²;
 * p ← p − lr/(1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε).  The decay λ is decoupled from the gradient.
 */
export function createAdamW(
  settings: OptimizerSettings,
  parameters: TensorMap,
  { noDecay = () => false }: OptimizerOptions = {},
): Optimizer {
  const { beta1, beta2, eps, weightDecay } = settings
  // float32 counts exactly to 2²⁴ steps, far beyond any run of this product.
  const step = new Float32Array(1)
  const tensors = [...parameters].map(([name, parameter]) => ({
    name,
    parameter,
    expAvg: new Float32Array(parameter.length),
    expAvgSq: new Float32Array(parameter.length),
    decay: noDecay(name) ? 0 : weightDecay,
  }))
  const state = new Map([
    ['step', step],
    ...tensors.map(({ name, expAvg }) => [`exp_avg.${name}`, expAvg] as const),
    ...tensors.map(({ name, expAvgSq }) => [`exp_avg_sq.${name}`, expAvgSq] as const),
  ])
  return {
    step(grads, lr, scale = 1) {
      const t = ++step[0]!
      const stepSize = lr / (1 - beta1 ** t)
      const correction = 1 / Math.sqrt(1 - beta2 ** t)
      for (const { name, parameter, expAvg, expAvgSq, decay } of tensors) {
        const grad = gradientOf(grads, name, parameter.length)
        update(
          parameter,
          grad,
          expAvg,
          expAvgSq,
          stepSize,
          correction,
          scale,
          1 - lr * decay,
          beta1,
          beta2,
          eps,
        )
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
  m: Float32Array,
  v: Float32Array,
  stepSize: number,
  correction: number,
  scale: number,
  keep: number,
  beta1: number,
  beta2: number,
  eps: number,
): void {
  const rest1 = 1 - beta1
  const rest2 = 1 - beta2
  for (let i = 0; i < p.length; i++) {
    const g = grad[i]! * scale
    const first = beta1 * m[i]! + rest1 * g
    const second = beta2 * v[i]! + rest2 * g * g
    m[i] = first
    v[i] = second
    p[i] = p[i]! * keep - (stepSize * first) / (Math.sqrt(second) * correction + eps)
  }
}
