const mostBins = 40

export interface LengthHistogram {
  measured: number
  binTokens: number
  /** Rows of [i·binTokens, (i+1)·binTokens). */
  bins: number[]
  /** Rows longer than the last bin. */
  beyond: number
  median: number
  p95: number
  longest: number
  medianPrompt: number
  medianAnswer: number
  overLimit: number
}

/**
 * Lengths of prompt and answer together in at most 40 bins of a power of two of tokens. Where single rows are far longer
 * than the limit and than 95 % of the rows, the bins end before them: they would press the others into one bar.
 */
export function lengthHistogram({
  prompts,
  answers,
  limit,
}: {
  prompts: readonly number[] // [n]
  answers: readonly number[] // [n]
  limit: number
}): LengthHistogram {
  const lengths = Float64Array.from(prompts, (tokens, i) => tokens + (answers[i] ?? 0)).sort()
  const longest = lengths.at(-1) ?? 0
  const p95 = quantile(lengths, 0.95)
  const shown = Math.min(longest, Math.max(1.15 * limit, 1.25 * p95))
  const binTokens = 2 ** Math.max(0, Math.ceil(Math.log2((shown + 1) / mostBins)))
  const bins = new Array<number>(Math.floor(shown / binTokens) + 1).fill(0)
  let beyond = 0
  let overLimit = 0
  for (const tokens of lengths) {
    if (tokens > limit) overLimit += 1
    const bin = Math.floor(tokens / binTokens)
    if (bin < bins.length) bins[bin]! += 1
    else beyond += 1
  }
  return {
    measured: lengths.length,
    binTokens,
    bins,
    beyond,
    median: quantile(lengths, 0.5),
    p95,
    longest,
    medianPrompt: quantile(Float64Array.from(prompts).sort(), 0.5),
    medianAnswer: quantile(Float64Array.from(answers).sort(), 0.5),
    overLimit,
  }
}

/** The smallest value that at least this share of the sorted values does not exceed; 0 of none. */
function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
}
