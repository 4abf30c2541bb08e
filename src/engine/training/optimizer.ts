import type { OptimizerSettings } from '../../contract/settings.ts'
import { createAdamW } from './adamw.ts'
import type { ElementPool } from './element-pool.ts'
import { createRmsprop } from './rmsprop.ts'

/** Named float32 tensors, flat. Parameters and gradients of one model have the same names and lengths. */
export type TensorMap = ReadonlyMap<string, Float32Array>
/** Numbers, and the codes of moments in 8 bits. */
export type OptimizerState = ReadonlyMap<string, Float32Array | Uint8Array>

export interface Optimizer {
  /**
   * One update, in place. `scale` multiplies every gradient on the way (see `clipScale`), which saves a pass over
   * memory against clipping them first. The same map every time is fastest: its arrays are made known to the pool once.
   * Throws BAD_INPUT for a parameter without a gradient of its length.
   */
  step(grads: TensorMap, lr: number, scale?: number): void
  /** The live state under stable names, `step` [1] included; not a copy. */
  state(): OptimizerState
  /** Takes over a saved state by copying it. Throws BAD_INPUT where names, lengths or bits differ. */
  load(state: OptimizerState): void
}

export interface OptimizerOptions {
  /** The threads that work, and the memory of the moments; default: this thread alone. */
  pool?: ElementPool
  /** Parameters that weight decay leaves alone. PyTorch's default, and ours: none. */
  noDecay?: (name: string) => boolean
  /** Token embeddings: their moments stay in float32 (see optimizer-state.ts). */
  isEmbedding?: (name: string) => boolean
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
