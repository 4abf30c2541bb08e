import { z } from 'zod'
import { FinetuneRequest } from './finetune.ts'

/**
 * One training shared out over several engines, its ranks: each computes the gradients of its micro-batches, main adds them up
 * in the order of the ranks, and every rank makes the same update. The lowest rank leads: it alone writes.
 */

export const TrainRankRequest = z.object({
  /** Of one training, for `rankReply`. */
  session: z.string().min(1),
  rank: z.number().int().min(0),
  /** All of them, ascending. */
  ranks: z.array(z.number().int().min(0)).min(1),
  request: FinetuneRequest,
})
export type TrainRankRequest = z.infer<typeof TrainRankRequest>

/** A part of a flat vector: a message on a pipe is at most 64 MiB. */
const vectorPart = {
  part: z.number().int().min(0),
  parts: z.number().int().min(1),
  /** null = the exchange has no gradients. */
  values: z.instanceof(Float32Array).nullable(),
}

/** What a rank brings to a round, and waits for what all of them brought. */
export const RankExchange = z.object({
  kind: z.literal('exchange'),
  /** What it is about, the same word at every rank: "step 12". */
  round: z.string(),
  /** Which sharing out of the work it belongs to: the number of ranks lost before. */
  deal: z.number().int(),
  /** Told to every rank as it is. */
  note: z.unknown(),
  ...vectorPart,
})
export type RankExchange = z.infer<typeof RankExchange>

export const RankReply = z.object({
  session: z.string(),
  rank: z.number().int(),
  round: z.string(),
  /** `dealtAnew`: a rank was lost; the round's work is shared out again among those left. */
  outcome: z.enum(['whole', 'dealtAnew']),
  deal: z.number().int(),
  ranks: z.array(z.number().int()),
  /** In the order of the ranks; empty where it was dealt anew. */
  notes: z.array(z.unknown()),
  ...vectorPart,
})
export type RankReply = z.infer<typeof RankReply>
