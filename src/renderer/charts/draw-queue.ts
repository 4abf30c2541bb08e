/** One chart a task: a page of fourteen that all have new values never holds the window for longer than one drawing. */
const waiting: (() => void)[] = []
let isScheduled = false

function drawOne(): void {
  waiting.shift()?.()
  isScheduled = waiting.length > 0
  if (isScheduled) setTimeout(drawOne, 0)
}

/** Draws when its turn has come; the result takes it out of the queue again. */
export function drawSoon(draw: () => void): () => void {
  waiting.push(draw)
  if (!isScheduled) {
    isScheduled = true
    setTimeout(drawOne, 0)
  }
  return () => {
    const place = waiting.indexOf(draw)
    if (place >= 0) waiting.splice(place, 1)
  }
}
