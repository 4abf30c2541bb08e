import type { LayeredModel } from '../model/layered-model.ts'
import { halvedAfter } from '../onnx/out-of-memory.ts'
import { type Batch, collate, type TokenSequence } from './collate.ts'
import { tokenLogProbs } from './response-scores.ts'
import { engineLogWords } from '../../strings/engine-log.ts'

/** Summed log-prob of one answer, and of its final EOS alone (NaN where it has none). Nats. */
export interface SequenceScore {
  logp: number
  eos: number
}

export interface ScoreOptions {
  batchSize: number
  eosIds: readonly number[]
  /** Told what a person should know while it goes on: memory ran out and was worked around. */
  onWarning?: ((message: string) => void) | undefined
}

/** Sums a batch's token log-probs [R] per sequence, in float64. */
export function sequenceSums(batch: Batch, logp: Float32Array): SequenceScore[] {
  const sums = new Float64Array(batch.sequences)
  for (let r = 0; r < batch.rows; r++) if (batch.sequenceOf[r]! >= 0) sums[batch.sequenceOf[r]!]! += logp[r]!
  return Array.from(sums, (sum, b) => ({
    logp: sum,
    eos: batch.eosRow[b]! < 0 ? Number.NaN : logp[batch.eosRow[b]!]!,
  }))
}

/**
 * Scores answers in batches of like length; results are in the order of the input. Answers that hold the very same
 * `promptIds` array stay together (up to `batchSize`), and their prompt is computed once. Where memory runs out, this
 * and all further batches are halved. Yields the number of sequences done after every batch. Throws OUT_OF_MEMORY for a
 * sequence that does not fit alone.
 */
export async function* scoreSequences(
  model: LayeredModel,
  sequences: readonly TokenSequence[],
  { batchSize, eosIds, onWarning }: ScoreOptions,
): AsyncGenerator<number, SequenceScore[]> {
  const scores = new Array<SequenceScore>(sequences.length)
  let done = 0
  let queue = batches(sequences, batchSize)
  while (queue.length > 0) {
    const picked = queue[0]!
    let sums: SequenceScore[]
    try {
      const batch = collate(
        picked.map((i) => sequences[i]!),
        { eosIds },
      )
      sums = sequenceSums(batch, await tokenLogProbs(model, batch, batch))
    } catch (error) {
      const halved = await halvedAfter(error, {
        size: picked.length,
        least: 1,
        advice:
          'Memory ran out while scoring a single answer. Lower the maximum length, or use a quantized base (QLoRA).',
        release: () => model.release(),
      })
      onWarning?.(engineLogWords.memory.scoring(picked.length, halved))
      queue = queue.flatMap((indices) => inParts(indices, halved))
      continue
    }
    queue.shift()
    picked.forEach((i, b) => (scores[i] = sums[b]!))
    yield (done += picked.length)
  }
  return scores
}

const inParts = (indices: readonly number[], size: number): number[][] =>
  Array.from({ length: Math.ceil(indices.length / size) }, (_, n) => indices.slice(n * size, (n + 1) * size))

/** Indices of sequences, at most `batchSize` a batch: groups that share a prompt, the shortest first. */
function batches(sequences: readonly TokenSequence[], batchSize: number): number[][] {
  const groups = new Map<readonly number[], { indices: number[]; tokens: number }>()
  for (const [i, { promptIds, responseIds }] of sequences.entries()) {
    const group = groups.get(promptIds) ?? { indices: [], tokens: promptIds.length }
    group.indices.push(i)
    group.tokens += responseIds.length
    groups.set(promptIds, group)
  }
  const result: number[][] = []
  for (const { indices } of [...groups.values()].sort((a, b) => a.tokens - b.tokens)) {
    for (let start = 0; start < indices.length; start += batchSize) {
      const part = indices.slice(start, start + batchSize)
      const last = result.at(-1)
      if (last && last.length + part.length <= batchSize) last.push(...part)
      else result.push(part)
    }
  }
  return result
}
