/**
 * Heights for labels that want to stand at `wanted`, at least `room` apart, none below `lowest`, and as near to it as that
 * allows.
 */
export function spreadLabels(wanted: readonly number[], room: number, lowest = Infinity): number[] {
  const order = wanted.map((_, i) => i).toSorted((a, b) => wanted[a]! - wanted[b]!)
  const placed = [...wanted]
  for (let n = 1; n < order.length; n++) {
    const [above, here] = [order[n - 1]!, order[n]!]
    placed[here] = Math.max(placed[here]!, placed[above]! + room)
  }
  let most = lowest
  for (const here of order.toReversed()) {
    placed[here] = Math.min(placed[here]!, most)
    most = placed[here] - room
  }
  return placed
}
