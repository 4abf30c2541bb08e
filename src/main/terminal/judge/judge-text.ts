import type { JudgeCost, JudgeSummary } from '../../../contract/judge.ts'
import { fixed, points, thousands } from '../../report/number-format.ts'
import { alignColumns } from '../../report/score-table.ts'

/** What judging will cost, in a line or two. */
export function costText({
  requests,
  known,
  identical,
  promptTokens,
  replyTokens,
  replyTokensAtMost,
  price,
  priceAtMost,
}: JudgeCost): string {
  const extra = [
    ...(known > 0 ? [`${thousands(known)} are there already`] : []),
    ...(identical > 0 ? [`${thousands(identical)} turns have the same answer and need none`] : []),
  ]
  const head = `${thousands(requests)} requests${extra.length > 0 ? ` (${extra.join('; ')})` : ''}`
  const tokens =
    `about ${thousands(promptTokens)} tokens to read and ${thousands(replyTokens)} to write, at most ` +
    thousands(replyTokensAtMost)
  const money =
    price === null || priceAtMost === null
      ? 'no price: give --price_in and --price_out, per million tokens'
      : `about ${priceText(price)}, at most ${priceText(priceAtMost)} in the currency of your prices`
  return `${head}\n${tokens}\n${money}`
}

export const priceText = (price: number): string => fixed(price, price < 1 ? 4 : 2)

/** Tables of what the judge said; nothing where it has said nothing yet. */
export function summaryText({ pairs, grades }: JudgeSummary): string {
  const blocks: string[] = []
  if (grades.length > 0) {
    const categories = [...new Set(grades.flatMap(({ byCategory }) => byCategory.map((one) => one.category)))]
    const rows = grades.map((one) => [
      one.model,
      fixed(one.mean, 2),
      one.stderr === null ? '–' : `±${fixed(one.stderr, 2)}`,
      ...[1, 2].map((turn) => fixed(one.byTurn.find((of) => of.turn === turn)?.mean ?? null, 2)),
      ...categories.map((name) => fixed(one.byCategory.find((of) => of.category === name)?.mean ?? null, 2)),
      String(one.graded),
      String(one.unreadable),
    ])
    const head = ['grade 1–10', 'mean', 'stderr', 'turn 1', 'turn 2', ...categories, 'graded', 'unreadable']
    blocks.push(alignColumns([head, ...rows]))
  }
  if (pairs.length > 0) {
    const rows = pairs.map((one) => [
      `${one.model} against ${one.baseline}`,
      String(one.wins),
      String(one.ties),
      String(one.losses),
      one.winRate === null ? '–' : `${points(one.winRate)}%`,
      one.interval === null ? '–' : `${points(one.interval.low)}–${points(one.interval.high)}%`,
      one.agreement === null ? '–' : `${points(one.agreement)}%`,
      one.firstShare === null ? '–' : `${points(one.firstShare)}%`,
      String(one.unreadable),
    ])
    const head = ['', 'won', 'tied', 'lost', 'win rate', '95 %', 'orders agree', 'first named', 'unreadable']
    blocks.push(alignColumns([head, ...rows]))
  }
  return blocks.join('\n\n')
}
