import { totalmem } from 'node:os'
import type { ModelConfig } from '../model/model-config.ts'
import { parameterCount } from '../model/weight-names.ts'

/** The caches lie in memory once; the rest is for what a step adds to them, until it is collected. */
const cacheCopies = 1.5

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
