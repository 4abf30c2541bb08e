import type { Progress } from '../../contract/engine.ts'

/** Progress events with a rate over the last ten seconds, so that "time left" follows a change of pace. */
export class StageProgress {
  private readonly stage: string
  private readonly total: number
  private readonly unit: string
  private readonly marks: { at: number; done: number; tokens: number }[] = []

  constructor(stage: string, total: number, unit: string) {
    this.stage = stage
    this.total = total
    this.unit = unit
  }

  /** `tokens`: tokens handled so far, where a token rate has a meaning. */
  at(done: number, tokens = 0): Progress {
    const now = performance.now()
    this.marks.push({ at: now, done, tokens })
    while (this.marks.length > 2 && now - this.marks[0]!.at > 10_000) this.marks.shift()
    const [first] = this.marks
    const seconds = (now - first!.at) / 1000
    const measured = seconds > 0.5
    return {
      kind: 'progress',
      stage: this.stage,
      done,
      total: this.total,
      unit: this.unit,
      rate: measured ? (done - first!.done) / seconds : null,
      tokensPerSecond: measured && tokens > 0 ? (tokens - first!.tokens) / seconds : null,
    }
  }
}
