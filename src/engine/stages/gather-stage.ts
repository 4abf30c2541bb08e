import type { GatherRequest, GatherResult } from '../../contract/engine.ts'
import type { z } from 'zod'
import { gatherPairs } from '../data/gather-pairs.ts'

/** Stage 3, gather: all fractions → the pair files, audited. */
export function gatherStage(
  request: z.infer<typeof GatherRequest>,
  _signal: AbortSignal,
): Promise<GatherResult> {
  return gatherPairs(request)
}
