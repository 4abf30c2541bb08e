import { createHash } from 'node:crypto'
import { AppError } from '../../contract/errors.ts'

export interface StepRows {
  step: number
  /** Epoch of this step, counted from 0. */
  epoch: number
  /** Row indices of the optimizer step, in the order of its micro-batches. */
  rows: number[]
  /** The same rows, cut into micro-batches whose gradients are added up. */
  microBatches: number[][]
}

export interface DataOrderOptions {
  rows: number
  batchSize: number
  microBatch: number
  seed: number
  /** Tokens of each row: shares the rows of an optimizer step out so that its micro-batches are of one size. */
  lengths?: readonly number[]
}

/**
 * Which rows each optimizer step (from 0) trains on. Every epoch is one uniform permutation drawn from (seed, epoch)
 * alone, so any step can be asked for at any time and a resumed run sees what it would have seen. The official run
 * shuffles the mix once by seed 42 and then lets the Hugging Face sampler permute each epoch: the same distribution.
 * As there, the last step of an epoch is smaller where the rows don't fill it. Sharing out inside a step does not
 * change which rows its gradient sums over.
 */
export function createDataOrder({ rows, batchSize, microBatch, seed, lengths }: DataOrderOptions) {
  if (rows < 1)
    throw new AppError('DATASET_EMPTY', 'Expected at least one row to train on; found none.', { rows })
  if (lengths && lengths.length !== rows) {
    throw new AppError('BAD_INPUT', `Expected the lengths of ${rows} rows; found ${lengths.length}.`, {
      rows,
    })
  }
  const stepsPerEpoch = Math.ceil(rows / batchSize)
  let cached: { epoch: number; order: Uint32Array } | undefined
  return {
    stepsPerEpoch,
    at(step: number): StepRows {
      const epoch = Math.floor(step / stepsPerEpoch)
      if (cached?.epoch !== epoch) cached = { epoch, order: permutation(rows, `${seed}:${epoch}`) }
      const first = (step % stepsPerEpoch) * batchSize
      const picked = [...cached.order.subarray(first, Math.min(rows, first + batchSize))]
      const order = lengths ? evenly(picked, microBatch, lengths) : picked
      return { step, epoch, rows: order, microBatches: cutMicroBatches(order, microBatch) }
    },
  }
}

/**
 * The rows in an order whose pieces of `microBatch` have about as many tokens each: the longest first, each to the piece
 * with the fewest so far. Matrices run on rows without padding, so likeness inside a piece gains nothing, while evenness
 * halves the memory of the largest piece and lets shapes recur.
 */
function evenly(rows: readonly number[], microBatch: number, lengths: readonly number[]): number[] {
  const pieces = cutMicroBatches(rows, microBatch).map(({ length }) => ({
    room: length,
    tokens: 0,
    rows: [] as number[],
  }))
  for (const row of rows.toSorted((a, b) => lengths[b]! - lengths[a]! || a - b)) {
    const open = pieces.filter(({ room }) => room > 0)
    const least = open.reduce((best, piece) => (piece.tokens < best.tokens ? piece : best))
    least.rows.push(row)
    least.tokens += lengths[row]!
    least.room--
  }
  return pieces.flatMap((piece) => piece.rows)
}

/** The rows of a step in pieces of at most `microBatch`, in their order. */
export function cutMicroBatches(rows: readonly number[], microBatch: number): number[][] {
  const pieces: number[][] = []
  for (let i = 0; i < rows.length; i += microBatch) pieces.push(rows.slice(i, i + microBatch))
  return pieces
}

/** A uniform permutation of 0 … n−1 (Fisher–Yates, bounds drawn without bias), the same on every machine. */
export function permutation(n: number, key: string): Uint32Array {
  const next = randomWords(key)
  const order = Uint32Array.from({ length: n }, (_, i) => i)
  for (let i = n - 1; i > 0; i--) {
    const j = below(next, i + 1)
    const swapped = order[i]!
    order[i] = order[j]!
    order[j] = swapped
  }
  return order
}

function below(next: () => number, bound: number): number {
  // Rejecting the last, incomplete block of 2³² / bound keeps every value equally likely.
  const limit = 2 ** 32 - (2 ** 32 % bound)
  let word = next()
  while (word >= limit) word = next()
  return word % bound
}

/** sfc32 (C. Doty-Humphrey's small fast counting generator), its state taken from the SHA-256 of the key. */
function randomWords(key: string): () => number {
  const hash = createHash('sha256').update(key).digest()
  let a = hash.readInt32LE(0)
  let b = hash.readInt32LE(4)
  let c = hash.readInt32LE(8)
  let counter = 1
  return () => {
    const out = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + out
    c |= 0
    return out >>> 0
  }
}
