import type { OptimizerSettings } from '../../contract/settings.ts'
import { createAdamW } from './adamw.ts'
import { createRmsprop } from './rmsprop.ts'

/** Named float32 tensors, flat. Parameters and gradients of one model have the same names and lengths. */
export type TensorMap = ReadonlyMap<string, Float32Array>

export interface Optimizer {
  /**
   * One update, in place. `scale` multiplies every gradient on the way (see `clipScale`), which saves a pass over
   * memory against clipping them first. Throws BAD_INPUT for a parameter without a gradient of its length.
   */
  step(grads: TensorMap, lr: number, scale?: number): void
  /** The live state under stable names, `step` [1] included; not a copy. */
  state(): Map<string, Float32Array>
  /** Takes over a saved state by copying it. Throws BAD_INPUT where names or lengths differ. */
  load(state: TensorMap): void
}

export interface OptimizerOptions {
  /** Parameters that weight decay leaves alone. PyTorch's default, and ours: none. */
  noDecay?: (name: string) => boolean
}

/** The optimizer of the settings over parameters that it updates in place. */
export function createOptimizer(
  settings: OptimizerSettings,
  parameters: TensorMap,
  options: OptimizerOptions = {},
): Optimizer {
  const create = settings.kind === 'rmsprop' ? createRmsprop : createAdamW
  return create(settings, parameters, options)
}
