/** Round values from `low` to `high`, at most `most` steps of them, 0 among them where it lies between. */
export function ticksOf(low: number, high: number, most = 3.5): number[] {
  const span = high - low
  if (!(span > 0)) return [0]
  const power = 10 ** Math.floor(Math.log10(span / most))
  const step = power * ([1, 2, 5, 10].find((size) => span / (size * power) <= most) ?? 10)
  const first = Math.ceil(low / step - 1e-9)
  const last = Math.floor(high / step + 1e-9)
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step)
}

/** A line that steps at each token, as an SVG path. */
export function stepPath(
  sums: Float64Array,
  x: (token: number) => number,
  y: (reward: number) => number,
): string {
  let path = `M${x(0).toFixed(1)} ${y(sums[0]!).toFixed(1)}`
  for (let i = 1; i < sums.length; i++) path += `H${x(i).toFixed(1)}V${y(sums[i]!).toFixed(1)}`
  return path
}
