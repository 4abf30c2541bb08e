export interface Label {
  key: string
  x: number
  lines: string[]
}
export interface PlacedLabel extends Label {
  /** 0 = the topmost line of text. */
  lane: number
  /** Stands before its mark, because behind it the chart ends. */
  atEnd: boolean
}

const characterWidth = 6.2 // of 11 px Inter, on the wide side
const gap = 10

/** Labels beside upright marks, each on the first lanes on which it touches no other; the first given has first choice. */
export function placeLabels(labels: readonly Label[], width: number): PlacedLabel[] {
  const taken: { lane: number; from: number; to: number }[] = []
  return labels.map((label) => {
    const length = gap + characterWidth * Math.max(...label.lines.map((line) => line.length))
    const atEnd = label.x + length > width
    const from = atEnd ? label.x - length : label.x
    const to = from + length
    const isFree = (lane: number) =>
      label.lines.every((_, i) => taken.every((t) => t.lane !== lane + i || t.to <= from || t.from >= to))
    let lane = 0
    while (!isFree(lane)) lane++
    for (const [i] of label.lines.entries()) taken.push({ lane: lane + i, from, to })
    return { ...label, lane, atEnd }
  })
}
