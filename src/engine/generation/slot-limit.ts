import { totalmem } from 'node:os'
import type { ModelConfig } from '../model/model-config.ts'
import { parameterCount } from '../model/weight-names.ts'

/** At a refill's peak: the caches before and after the step, the host's on both sides of the call, and the allocator's reserve. */
const cacheCopies = 6

/**
 * How many slots of so many positions this machine has room for: their caches get what is left of three quarters of its
 * memory beside the packed weights. Fewer slots are slower; the answers are the same.
 */
export function slotLimit(config: ModelConfig, positions: number, memoryBytes = availableBytes()): number {
  const weightBytes = 4 * parameterCount(config)
  const slotBytes = cacheCopies * 4 * 2 * config.layers * config.kvHeads * config.headDim * positions
  return Math.max(1, Math.floor((0.75 * memoryBytes - weightBytes) / slotBytes))
}

/** Of this machine, or what the process may have of it. */
export function availableBytes(): number {
  const limit = process.constrainedMemory()
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem()
}
