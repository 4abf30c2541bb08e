/** Rows [start, end) of a dataset that one fraction file answers. */
export interface FractionSlice {
  index: number
  start: number
  end: number
}

/**
 * Cuts a dataset into fractions of `fracLen` rows (0 = one fraction holds everything). The last one is shorter where
 * the rows do not divide evenly; none is empty, unlike in the official repository, whose gather then misses a file.
 */
export function fractionPlan(rowCount: number, fracLen: number): FractionSlice[] {
  const length = fracLen === 0 ? rowCount : fracLen
  const slices: FractionSlice[] = []
  for (let start = 0; start < rowCount; start += length) {
    slices.push({ index: slices.length, start, end: Math.min(start + length, rowCount) })
  }
  return slices
}
