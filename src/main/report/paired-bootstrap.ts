import type { Interval } from '../../contract/report.ts'
import { AppError } from '../../contract/errors.ts'

export interface BootstrapOptions {
  /** Number of resampled test sets. */
  resamples?: number
  seed?: number
  /** Coverage of the interval, 0–1. */
  level?: number
}

/**
 * Percentile bootstrap over test prompts of the mean of `a[i] − b[i]` (Efron & Tibshirani 1993, ch. 13). Paired: both
 * models answered prompt i, so how hard a prompt is cancels out. Same seed, same numbers.
 * @throws AppError BAD_INPUT when the two lists do not pair up.
 */
export function pairedBootstrap(
  a: readonly number[],
  b: readonly number[],
  options: BootstrapOptions = {},
): Interval {
  if (a.length !== b.length || a.length === 0) {
    throw new AppError(
      'BAD_INPUT',
      `A paired comparison needs the same prompts twice; found ${a.length} and ${b.length} scores.`,
      {
        left: a.length,
        right: b.length,
      },
    )
  }
  return bootstrapMean(
    a.map((value, i) => value - b[i]!),
    options,
  )
}

/** The same for one list: the mean of `values` with its interval. */
export function bootstrapMean(values: readonly number[], options: BootstrapOptions = {}): Interval {
  const { level = 0.95 } = options
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return { mean, ...intervalOf(resampledMeans(values, options), level) }
}

/** The means of `values` resampled with replacement, in the order of drawing. */
export function resampledMeans(
  values: readonly number[],
  { resamples = 4000, seed = 1 }: Pick<BootstrapOptions, 'resamples' | 'seed'> = {},
): Float64Array {
  const means = new Float64Array(resamples)
  createResampler(values, seed)(means)
  return means
}

/** Fills arrays with one resampled mean after the other, so that other work can have its turn between them. */
export function createResampler(values: readonly number[], seed: number): (means: Float64Array) => void {
  const n = values.length
  if (n === 0) throw new AppError('BAD_INPUT', 'A mean needs at least one score; found none.')
  const random = mulberry32(seed)
  return (means) => {
    for (let r = 0; r < means.length; r++) {
      let sum = 0
      for (let i = 0; i < n; i++) sum += values[Math.floor(random() * n)]!
      means[r] = sum / n
    }
  }
}

/** The percentile interval of resampled means, and their spread. */
export function intervalOf(means: Float64Array, level = 0.95): Omit<Interval, 'mean'> {
  const sorted = means.toSorted()
  const tail = (1 - level) / 2
  return {
    standardError: deviation(sorted),
    low: quantile(sorted, tail),
    high: quantile(sorted, 1 - tail),
  }
}

/** 32-bit generator by T. Ettinger (public domain): small, seedable, equal on every platform. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

function deviation(values: Float64Array): number {
  let sum = 0
  for (const value of values) sum += value
  const mean = sum / values.length
  let squares = 0
  for (const value of values) squares += (value - mean) ** 2
  return Math.sqrt(squares / Math.max(1, values.length - 1))
}

function quantile(sorted: Float64Array, q: number): number {
  const position = q * (sorted.length - 1)
  const below = Math.floor(position)
  const above = Math.min(sorted.length - 1, below + 1)
  return sorted[below]! + (sorted[above]! - sorted[below]!) * (position - below)
}
