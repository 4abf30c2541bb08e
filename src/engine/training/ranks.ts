import { createHash } from 'node:crypto'
import { z } from 'zod'
import { AppError } from '../../contract/errors.ts'
import { cutMicroBatches } from './data-order.ts'
import type { TensorMap } from './optimizer.ts'
import { type StepRecord, StepShare } from './step-record.ts'

/** Several engines that train one model together; this one's place among them. */
export interface Ranks {
  /** Computes its part like the others, and alone writes checkpoints and the result. May become true: the leader may die. */
  readonly isLeader: boolean
  /** What of a list is this rank's to do. The lists of all ranks together are the whole. */
  share<T>(items: readonly T[]): { index: number; item: T }[]
  /**
   * Waits for all ranks at the same round. Returns every rank's note in the order of the ranks, `gradients` then holds the sum
   * over them, which is the same at every rank to the last bit; null: a rank was lost, nothing was changed, and the round's
   * work is to be shared out and done again. Throws CANCELLED.
   */
  exchange(round: string, note: unknown, gradients?: TensorMap): Promise<unknown[] | null>
}

/** A micro-batch of a step with its place, which its dropout is drawn from. */
export interface PlacedMicroBatch {
  index: number
  rows: number[]
}

/**
 * The micro-batches of a step that are computed here. Ranks share out those of the settings, so that all agree, and each cuts its
 * own further where its memory needs it.
 */
export function ownMicroBatches(
  picked: readonly number[],
  { microBatch, planned }: { microBatch: number; planned: number },
  ranks: Ranks | null,
): PlacedMicroBatch[] {
  if (!ranks) return cutMicroBatches(picked, microBatch).map((rows, index) => ({ index, rows }))
  const each = Math.ceil(planned / microBatch)
  return ranks
    .share(cutMicroBatches(picked, planned))
    .flatMap(({ index, item }) =>
      cutMicroBatches(item, microBatch).map((rows, i) => ({ index: index * each + i, rows })),
    )
}

/** Whether ranks still hold the same numbers is looked at every so many steps. */
const compareEverySteps = 10
const RankNote = z.object({ share: StepShare, sha256: z.string().nullable() })

/** Gradients and records of all ranks; null: the step is to be shared out again. */
export async function addUp(
  ranks: Ranks,
  {
    step,
    record,
    gradients,
    parameters,
  }: { step: number; record: StepRecord; gradients: TensorMap; parameters: TensorMap },
): Promise<StepShare[] | null> {
  const sha256 = step % compareEverySteps === 0 ? parametersSha256(parameters) : null
  const notes = await ranks.exchange(`step ${step}`, { share: record.share(), sha256 }, gradients)
  if (!notes) return null
  const parsed = RankNote.array().parse(notes)
  expectEqualRanks(
    step,
    parsed.map((note) => note.sha256),
  )
  return parsed.map(({ share }) => share)
}

/** sha256 over what is trained, by name: equal at every rank, always. */
function parametersSha256(parameters: TensorMap): string {
  const hash = createHash('sha256')
  for (const name of [...parameters.keys()].sort()) {
    const { buffer, byteOffset, byteLength } = parameters.get(name)!
    hash.update(name).update(new Uint8Array(buffer, byteOffset, byteLength))
  }
  return hash.digest('hex')
}

/** Throws INTERNAL where ranks hold different numbers: their sums would be those of no model. */
function expectEqualRanks(step: number, hashes: readonly (string | null)[]): void {
  const [first] = hashes
  if (hashes.every((hash) => hash === first)) return
  const different = hashes.flatMap((hash, rank) => (hash === first ? [] : [rank + 1]))
  throw new AppError(
    'INTERNAL',
    `Expected the same weights in every engine before step ${step}; engines ${different.join(', ')} hold others than the first. ` +
      'One of the devices computes wrongly. Train on one device; the last checkpoint is whole.',
    { step, different },
  )
}
