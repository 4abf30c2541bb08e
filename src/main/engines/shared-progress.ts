import type { DeviceShare, Progress } from '../../contract/engine.ts'

/** A rate is that of the recent past, so that "time left" follows a change of pace. */
const windowMs = 10_000
/** Shorter spans say nothing. */
const leastMs = 500

interface Mark {
  at: number
  done: number
  tokens: number
}
interface Share {
  name: string
  done: number
  tokens: number
  marks: Mark[]
  isOut: boolean
}

/** The progress of several engines at one stage: their sum, and each one's part. */
export class SharedProgress {
  private readonly head: Pick<Progress, 'stage' | 'total' | 'unit'>
  private readonly now: () => number
  private readonly shares = new Map<string, Share>()
  private readonly all: Share
  private done: number

  constructor(
    head: Pick<Progress, 'stage' | 'total' | 'unit'>,
    alreadyDone: number,
    now: () => number = () => performance.now(),
  ) {
    this.head = head
    this.now = now
    this.done = alreadyDone
    this.all = this.share('')
  }

  join(engine: string, name: string): void {
    if (!this.shares.has(engine)) this.shares.set(engine, this.share(name))
  }

  out(engine: string): void {
    const share = this.shares.get(engine)
    if (share) share.isOut = true
  }

  /** `done`: units that nobody had done before. */
  add(engine: string, done: number, tokens: number): Progress {
    this.done += done
    for (const share of [this.all, this.shares.get(engine)!]) {
      share.done += done
      share.tokens += tokens
      share.marks.push({ at: this.now(), done: share.done, tokens: share.tokens })
    }
    const { rate, tokensPerSecond } = this.rates(this.all)
    return { kind: 'progress', ...this.head, done: this.done, rate, tokensPerSecond, devices: this.devices() }
  }

  private devices(): DeviceShare[] {
    return [...this.shares.values()].map((share) => ({
      name: share.name,
      done: share.done,
      ...this.rates(share),
      isOut: share.isOut,
    }))
  }

  private rates({ marks, done, tokens, isOut }: Share): Pick<DeviceShare, 'rate' | 'tokensPerSecond'> {
    while (marks.length > 2 && this.now() - marks[0]!.at > windowMs) marks.shift()
    const [first] = marks
    const ms = this.now() - first!.at
    if (isOut || ms < leastMs) return { rate: null, tokensPerSecond: null }
    const perSecond = (amount: number) => (1000 * amount) / ms
    return {
      rate: perSecond(done - first!.done),
      tokensPerSecond: tokens > 0 ? perSecond(tokens - first!.tokens) : null,
    }
  }

  private share(name: string): Share {
    return { name, done: 0, tokens: 0, marks: [{ at: this.now(), done: 0, tokens: 0 }], isOut: false }
  }
}
