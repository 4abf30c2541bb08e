/** Rows of one fraction that an engine answers at one time. */
export interface Piece {
  readonly engine: string
  readonly fraction: number
  readonly rows: readonly number[]
  /** Aborted when others have answered all of them. */
  readonly signal: AbortSignal
}

export interface PieceQueueOptions {
  /** Rows that no journal answers yet, of every fraction that is not sealed. */
  fractions: readonly { index: number; open: readonly number[] }[]
  /** Answered at once: a smaller piece leaves slots of an engine empty. */
  batchSize: number
  /** Milliseconds, monotonic. */
  now?: () => number
  /** An engine that shows no sign of life for so long is no longer counted on. */
  stallMs?: number
}

interface Taken extends Piece {
  left: Set<number>
  /** Rows that this engine has answered of it. */
  own: number
  begunAt: number
  drop: AbortController
}
interface Fraction {
  index: number
  /** Neither answered nor with an engine. */
  open: number[]
  /** Not answered. */
  left: Set<number>
  state: 'answering' | 'sealing' | 'sealed'
}
interface Pace {
  rows: number
  ms: number
  pieces: number
  aliveAt: number
}

/** A second engine begins on rows of a first only where it is faster by so much … */
const backupFactor = 2
/** … and saves so much time. */
const backupGainMs = 2000
/** Rows that are left to the others where the engine would need so much longer for one batch. */
const patience = 1.5

/**
 * Who answers which rows. An engine takes half of its share of what is left, by the pace that it has shown, and never less
 * than a batch: large pieces first, which keep its slots full, small ones in the end, so that all end together (guided
 * self-scheduling, Polychronopoulos & Kuck 1987). What is left of a piece in the end is begun a second time by an engine that is
 * much faster or where its own is silent; a row has one answer, whoever makes it, so the first one counts.
 */
export class PieceQueue {
  private readonly fractions: Fraction[]
  private readonly batchSize: number
  private readonly now: () => number
  private readonly stallMs: number
  private readonly pieces = new Set<Taken>()
  private readonly paces = new Map<string, Pace>()
  private waiting: (() => void)[] = []

  constructor({ fractions, batchSize, now = () => performance.now(), stallMs = 60_000 }: PieceQueueOptions) {
    this.fractions = fractions.map(({ index, open }) => ({
      index,
      open: [...open],
      left: new Set(open),
      state: 'answering',
    }))
    this.batchSize = batchSize
    this.now = now
    this.stallMs = stallMs
  }

  get isDone(): boolean {
    return this.fractions.every(({ state }) => state === 'sealed')
  }

  /** Rows without an answer. */
  get rowsLeft(): number {
    return this.fractions.reduce((sum, { left }) => sum + left.size, 0)
  }

  /** The next rows for an engine; null = nothing for now: see `changed`. */
  take(engine: string): Piece | null {
    if (!this.paces.has(engine)) this.paces.set(engine, { rows: 0, ms: 0, pieces: 0, aliveAt: this.now() })
    const fraction = this.fractions.find(({ open }) => open.length > 0)
    if (!fraction) return this.takeBackup(engine)
    if (this.isBetterLeft(engine)) return null
    const rows = fraction.open.splice(0, this.pieceRows(engine))
    return this.begin(engine, fraction, rows)
  }

  /** A fraction to publish; only one at a time is given. It is answered again where that is not said to be done. */
  takeSeal(): number | null {
    if (this.fractions.some(({ state }) => state === 'sealing')) return null
    const whole = this.fractions.find(({ state, left }) => state === 'answering' && left.size === 0)
    if (!whole) return null
    whole.state = 'sealing'
    return whole.index
  }

  sealed(index: number, isSealed: boolean): void {
    this.fraction(index).state = isSealed ? 'sealed' : 'answering'
    this.notify()
  }

  /** What a piece has brought; also without rows a sign of life. Returns how many of them had no answer before. */
  answered(piece: Piece, rows: readonly number[]): number {
    const pace = this.paces.get(piece.engine)!
    pace.aliveAt = this.now()
    ;(piece as Taken).own += rows.length
    const { left } = this.fraction(piece.fraction)
    let added = 0
    for (const row of rows) {
      if (left.delete(row)) added++
      for (const taken of this.pieces) if (taken.fraction === piece.fraction) taken.left.delete(row)
    }
    for (const taken of this.pieces) if (taken !== piece && taken.left.size === 0) taken.drop.abort()
    if (added > 0) this.notify()
    return added
  }

  /** The piece has ended; rows of it without an answer, and with nobody else, are open again. */
  giveBack(piece: Piece): void {
    const taken = piece as Taken
    this.pieces.delete(taken)
    const pace = this.paces.get(piece.engine)!
    // The first piece of an engine has the loading of the model in it.
    if (pace.pieces++ > 0) {
      pace.rows += taken.own
      pace.ms += this.now() - taken.begunAt
    }
    const fraction = this.fraction(piece.fraction)
    const elsewhere = [...this.pieces].filter((other) => other.fraction === piece.fraction)
    for (const row of taken.left)
      if (fraction.left.has(row) && !elsewhere.some(({ left }) => left.has(row))) fraction.open.push(row)
    fraction.open.sort((a, b) => a - b)
    this.notify()
  }

  /** Resolves at the next change, or after `ms`: a silent engine changes nothing. */
  async changed(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.waiting.push(resolve)
    const timer = setTimeout(resolve, ms)
    await promise
    clearTimeout(timer)
  }

  notify(): void {
    for (const resolve of this.waiting.splice(0)) resolve()
  }

  private begin(engine: string, fraction: Fraction, rows: readonly number[]): Piece {
    const drop = new AbortController()
    const taken: Taken = {
      engine,
      fraction: fraction.index,
      rows,
      signal: drop.signal,
      left: new Set(rows),
      own: 0,
      begunAt: this.now(),
      drop,
    }
    this.pieces.add(taken)
    this.paces.get(engine)!.aliveAt = this.now()
    return taken
  }

  /** Rows per millisecond; null = not known yet. */
  private rate(engine: string): number | null {
    const { rows, ms } = this.paces.get(engine)!
    return rows > 0 && ms > 0 ? rows / ms : null
  }

  private pieceRows(engine: string): number {
    const mine = this.rate(engine)
    if (mine === null) return 2 * this.batchSize
    const known = [...this.paces.keys()].flatMap((other) => this.rate(other) ?? [])
    const all = (known.reduce((sum, rate) => sum + rate, 0) / known.length) * this.paces.size
    const open = this.fractions.reduce((sum, fraction) => sum + fraction.open.length, 0)
    return Math.max(this.batchSize, Math.ceil(((open / 2) * mine) / Math.max(mine, all)))
  }

  /** Whether those at work would have answered all that is left before this one has answered a batch. */
  private isBetterLeft(engine: string): boolean {
    const mine = this.rate(engine)
    const others = [...this.pieces].filter((piece) => piece.engine !== engine && !this.isSilent(piece.engine))
    const theirs = others.reduce((sum, piece) => sum + (this.rate(piece.engine) ?? 0), 0)
    if (mine === null || theirs === 0) return false
    const open = this.fractions.reduce((sum, fraction) => sum + fraction.open.length, 0)
    const withThem = others.reduce((sum, { left }) => sum + left.size, 0)
    return Math.min(this.batchSize, open) / mine > (patience * (open + withThem)) / theirs
  }

  private takeBackup(engine: string): Piece | null {
    const mine = this.rate(engine)
    const helped = new Set([...this.pieces].filter((p) => p.engine === engine).map((p) => p.fraction))
    let best: { piece: Taken; ms: number } | null = null
    for (const piece of this.pieces) {
      if (piece.left.size === 0 || helped.has(piece.fraction) || this.isBackedUp(piece)) continue
      const silent = this.isSilent(piece.engine)
      const ms = silent ? Infinity : this.msLeft(piece)
      const ours = mine === null ? Infinity : piece.left.size / mine
      const isWorthIt = silent || (ms > backupFactor * ours && ms - ours > backupGainMs)
      if (isWorthIt && (best === null || ms > best.ms)) best = { piece, ms }
    }
    if (!best) return null
    return this.begin(engine, this.fraction(best.piece.fraction), [...best.piece.left])
  }

  /** What its engine will need; in its first piece, whose pace nobody knows, as long for each row as so far. */
  private msLeft({ engine, left, own, begunAt }: Taken): number {
    const rate = this.rate(engine) ?? (own + 1) / Math.max(1, this.now() - begunAt)
    return left.size / rate
  }

  /** Every row of it is with a second engine that shows signs of life. */
  private isBackedUp(piece: Taken): boolean {
    const others = [...this.pieces].filter(
      (other) => other !== piece && other.fraction === piece.fraction && !this.isSilent(other.engine),
    )
    return [...piece.left].every((row) => others.some(({ left }) => left.has(row)))
  }

  private isSilent(engine: string): boolean {
    return this.now() - this.paces.get(engine)!.aliveAt > this.stallMs
  }

  private fraction(index: number): Fraction {
    return this.fractions.find((fraction) => fraction.index === index)!
  }
}
