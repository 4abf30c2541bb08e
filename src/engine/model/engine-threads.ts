import { availableParallelism } from 'node:os'

/** Below this width a model's products are too small to share: measured, two threads at 128 are no faster than one. */
const sharedWorkWidth = 384

/** Compute threads of the CPU device for one model: what SPIN_STUDIO_THREADS says; else all cores, or one if it is narrow. */
export function engineThreads({ hidden }: { hidden: number }): number {
  const wanted = Number(process.env['SPIN_STUDIO_THREADS'])
  if (Number.isInteger(wanted) && wanted > 0) return wanted
  return hidden < sharedWorkWidth ? 1 : availableParallelism()
}
