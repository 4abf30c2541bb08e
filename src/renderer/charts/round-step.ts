/** The next of 1, 2 or 5 times a power of ten. */
export function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough))
  const factor = [1, 2, 5, 10].find((one) => one * power >= rough * 0.999) ?? 10
  return factor * power
}

const mostDigits = 8

/** Decimals that show every multiple of a step as it is: 0.25 needs two. The same for all ticks of an axis. */
export function digitsOf(step: number): number {
  for (let digits = 0; digits < mostDigits; digits++) {
    const scaled = step * 10 ** digits
    if (Math.abs(scaled - Math.round(scaled)) < 1e-6 * scaled) return digits
  }
  return mostDigits
}
