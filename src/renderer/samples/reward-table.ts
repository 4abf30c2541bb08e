import { samplesStrings as words } from '../strings/samples.ts'
import type { SideKind } from './answer-side.ts'

export interface RewardLine {
  kind: SideKind
  sums: Float64Array // [tokens + 1]
}

/** The chart's numbers, a line a token, with tabs between the columns: what spreadsheets take. */
export function tableOf(lines: readonly RewardLine[]): string {
  const longest = Math.max(0, ...lines.map(({ sums }) => sums.length))
  const head = [words.tokenColumn, ...lines.map(({ kind }) => words.lineNames[kind])]
  const rows = Array.from({ length: longest }, (_, token) => [
    token,
    ...lines.map(({ sums }) => (token < sums.length ? sums[token]!.toFixed(4) : '')),
  ])
  return [head, ...rows].map((row) => row.join('\t')).join('\n')
}
