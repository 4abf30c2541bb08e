import type { Progress } from '../../contract/engine.ts'
import { progressWords } from '../../strings/progress.ts'

const windowMs = 5000

/** Counts rows and says how fast they come: the rate over the last five seconds. */
export class ImportProgress {
  readonly #totalBytes: number
  readonly #marks: { atMs: number; rows: number }[] = []
  readonly #everyMs: number
  #lastMs = 0

  constructor(totalBytes: number, everyMs = 250) {
    this.#totalBytes = totalBytes
    this.#everyMs = everyMs
    this.#marks.push({ atMs: performance.now(), rows: 0 })
  }

  /** A Progress when the last one is old enough, otherwise null. The total is estimated from the bytes read. */
  next(rows: number, bytesRead: number): Progress | null {
    const now = performance.now()
    if (now - this.#lastMs < this.#everyMs) return null
    this.#lastMs = now
    const share = this.#totalBytes === 0 ? 1 : Math.min(1, bytesRead / this.#totalBytes)
    return this.#event(
      progressWords.readingRows,
      rows,
      share === 0 ? rows : Math.max(rows, Math.round(rows / share)),
    )
  }

  finished(stage: string, rows: number): Progress {
    return this.#event(stage, rows, rows)
  }

  #event(stage: string, rows: number, total: number): Progress {
    const now = performance.now()
    this.#marks.push({ atMs: now, rows })
    while (this.#marks.length > 2 && now - this.#marks[0]!.atMs > windowMs) this.#marks.shift()
    const first = this.#marks[0]!
    const seconds = (now - first.atMs) / 1000
    const rate = seconds > 0.05 ? (rows - first.rows) / seconds : null
    return {
      kind: 'progress',
      stage,
      done: rows,
      total,
      unit: progressWords.units.rows,
      rate,
      tokensPerSecond: null,
    }
  }
}
