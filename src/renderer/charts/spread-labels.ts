/** Heights for labels that want to stand at `wanted`, at least `room` apart and as near to it as that allows. */
export function spreadLabels(wanted: readonly number[], room: number): number[] {
  const order = wanted.map((_, i) => i).toSorted((a, b) => wanted[a]! - wanted[b]!)
  const placed = [...wanted]
  for (let n = 1; n < order.length; n++) {
    const [above, here] = [order[n - 1]!, order[n]!]
    const overlap = room - (placed[here]! - placed[above]!)
    if (overlap > 0) placed[here] = placed[here]! + overlap
  }
  return placed
}
