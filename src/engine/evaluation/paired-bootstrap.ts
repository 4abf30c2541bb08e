import { AppError } from '../../contract/errors.ts'
import { below, hash32 } from '../tensor/random.ts'

export interface PairedDifference {
  /** Mean of a − b over the rows. */
  mean: number
  /** Standard deviation of that mean over the resamples. */
  standardError: number
  /** 95 % percentile interval. */
  low: number
  high: number
}

/**
 * How much `a` is above `b` on the same rows (a[i] and b[i] are two models' scores on row i): rows are drawn with
 * replacement, pairs kept together (Efron & Tibshirani, An Introduction to the Bootstrap, 1993, ch. 8 and 13).
 * The same seed gives the same numbers. AppError BAD_INPUT for different lengths or no rows.
 */
export function pairedBootstrap(
  a: readonly number[],
  b: readonly number[],
  { resamples = 2000, seed }: { resamples?: number; seed: number },
): PairedDifference {
  const rows = a.length
  if (rows === 0 || rows !== b.length || !(resamples >= 2)) {
    throw new AppError(
      'BAD_INPUT',
      `A paired bootstrap needs two lists of scores of the same rows and at least 2 resamples, found ${a.length} ` +
        `and ${b.length} scores and ${resamples} resamples. Evaluate both models on the same held-out rows.`,
      { a: a.length, b: b.length, resamples },
    )
  }
  const differences = Float64Array.from(a, (score, i) => score - b[i]!)
  const means = new Float64Array(resamples)
  for (let r = 0; r < resamples; r++) {
    let total = 0
    for (let i = 0; i < rows; i++) total += differences[below(rows, hash32(seed, r, i))]!
    means[r] = total / rows
  }
  means.sort()
  const center = means.reduce((total, value) => total + value, 0) / resamples
  const variance = means.reduce((total, value) => total + (value - center) ** 2, 0) / (resamples - 1)
  return {
    mean: differences.reduce((total, value) => total + value, 0) / rows,
    standardError: Math.sqrt(variance),
    low: quantile(means, 0.025),
    high: quantile(means, 0.975),
  }
}

/** Linear interpolation between order statistics of ascending values. */
function quantile(ascending: Float64Array, share: number): number {
  const at = share * (ascending.length - 1)
  const left = Math.floor(at)
  const right = Math.min(left + 1, ascending.length - 1)
  return ascending[left]! + (at - left) * (ascending[right]! - ascending[left]!)
}
