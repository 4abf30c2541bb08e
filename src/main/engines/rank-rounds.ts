import type { RankExchange, RankReply } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'

type Reply = Omit<RankReply, 'session'>
type Vector = Float32Array<ArrayBuffer>

interface Brought {
  round: string
  note: unknown
  values: (Vector | null)[]
  came: number
  parts: number
}

/**
 * Where the ranks of a training meet. A round is whole when every living rank has brought its part; gradients are then added up
 * in the order of the ranks, so that the same ranks make the same sum. A lost rank voids the round that is open: what the others
 * brought is dropped and they share its work out anew.
 */
export class RankRounds {
  private ranks: number[]
  private deal = 0
  private readonly brought = new Map<number, Brought>()
  private readonly reply: (reply: Reply) => void

  constructor(ranks: readonly number[], reply: (reply: Reply) => void) {
    this.ranks = [...ranks]
    this.reply = reply
  }

  /** The lowest living one; null = none is left. */
  get leader(): number | null {
    return this.ranks[0] ?? null
  }
  get living(): readonly number[] {
    return this.ranks
  }

  /** Throws INTERNAL where ranks meet in different rounds. */
  bring(rank: number, { round, deal, note, part, parts, values }: RankExchange): void {
    if (!this.ranks.includes(rank)) return
    if (deal !== this.deal) {
      // Sent before it knew; once for the whole of it.
      if (part === parts - 1) this.dealAnew(rank, round)
      return
    }
    const own = this.brought.get(rank) ?? { round, note, values: [], came: 0, parts }
    own.values[part] = values
    own.came++
    this.brought.set(rank, own)
    const all = this.ranks.map((one) => this.brought.get(one))
    if (all.every((one) => one !== undefined && one.came === one.parts)) this.close(all as Brought[], parts)
  }

  lost(rank: number): void {
    if (!this.ranks.includes(rank)) return
    this.ranks = this.ranks.filter((one) => one !== rank)
    this.deal++
    const waiting = [...this.brought]
    this.brought.clear()
    // Who is still sending is told at the last of its parts.
    for (const [one, { round, came, parts }] of waiting)
      if (one !== rank && came === parts) this.dealAnew(one, round)
  }

  private close(all: readonly Brought[], parts: number): void {
    this.brought.clear()
    const { round } = all[0]!
    const other = all.find((one) => one.round !== round)
    if (other)
      throw new AppError(
        'INTERNAL',
        `Expected every engine at "${round}" of the training, found one at "${other.round}". Start the run again: it goes on from its last checkpoint.`,
      )
    const notes = all.map(({ note }) => note)
    for (let part = 0; part < parts; part++) {
      const values = sumOf(all.map((one) => one.values[part] ?? null))
      for (const rank of this.ranks)
        this.reply({
          ...this.head(rank, round),
          outcome: 'whole',
          notes: part === parts - 1 ? notes : [],
          part,
          parts,
          values,
        })
    }
  }

  private dealAnew(rank: number, round: string): void {
    this.reply({
      ...this.head(rank, round),
      outcome: 'dealtAnew',
      notes: [],
      part: 0,
      parts: 1,
      values: null,
    })
  }

  private head(rank: number, round: string): Pick<Reply, 'rank' | 'round' | 'deal' | 'ranks'> {
    return { rank, round, deal: this.deal, ranks: [...this.ranks] }
  }
}

function sumOf(vectors: readonly (Vector | null)[]): Vector | null {
  const [first, ...others] = vectors
  if (!first) return null
  for (const values of others) for (let i = 0; i < first.length; i++) first[i]! += values![i]!
  return first
}
