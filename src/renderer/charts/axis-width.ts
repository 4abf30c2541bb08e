/** In pixels at the size of axes, in tabular figures: a point takes half of a figure's place. */
const narrow = 3.2
const wide = 7

/** Room for an axis's labels and the gap beside them, at least `least`: that of most charts, so that they stand in line. */
export function axisWidth(labels: readonly string[], gap: number, least: number): number {
  const widths = labels.map((label) =>
    [...label].reduce((sum, letter) => sum + (letter === '.' || letter === ',' ? narrow : wide), 0),
  )
  return Math.max(least, Math.ceil(gap + Math.max(0, ...widths)))
}
