import type { Comparison, Report } from '../../contract/report.ts'
import { duration, points } from './number-format.ts'
import { baseName, describeDifference, findComparison, iterationName, sftName } from './verdict-sentence.ts'

export interface ScoreRow {
  name: string
  greedy: number
  greedyError: number
  sampled: number | null
  sampledError: number | null
  temperature: number
  overBaseSampled: Comparison | undefined
  overBaseGreedy: Comparison | undefined
  /** From the base to this model (answers, pairs and training of every iteration up to it), and scoring it. */
  makeSeconds: number
  evaluateSeconds: number
  heldOutLoss: number | null
  heldOutNll: number
  rewardAccuracy: number | null
  margin: number | null
  kl: number | null
}

/** One row a model, in the order they are told: base, iterations, SFT. */
export function scoreRows(report: Report): ScoreRow[] {
  const row = (
    name: string,
    evaluation: Report['base']['evaluation'],
    makeSeconds: number,
    evaluateSeconds: number,
  ): ScoreRow => ({
    name,
    greedy: evaluation.greedy,
    greedyError: evaluation.intervals.greedy.standardError,
    sampled: evaluation.sampled,
    sampledError: evaluation.intervals.sampled?.standardError ?? null,
    temperature: evaluation.temperature,
    overBaseSampled: findComparison(report, name, baseName, 'sampled'),
    overBaseGreedy: findComparison(report, name, baseName, 'greedy'),
    makeSeconds,
    evaluateSeconds,
    heldOutLoss: evaluation.heldOutLoss,
    heldOutNll: evaluation.heldOutNll,
    rewardAccuracy: evaluation.rewardAccuracy,
    margin: evaluation.margin,
    kl: evaluation.kl,
  })
  const rows = [row(baseName, report.base.evaluation, 0, report.base.seconds.evaluate)]
  let makeSeconds = 0
  for (const { iteration, evaluation, seconds } of report.iterations) {
    makeSeconds += seconds.generate + seconds.gather + seconds.finetune
    rows.push(row(iterationName(iteration), evaluation, makeSeconds, seconds.evaluate))
  }
  if (report.sft)
    rows.push(row(sftName, report.sft.evaluation, report.sft.seconds.finetune, report.sft.seconds.evaluate))
  return rows
}

/** The table that ends the demo in the terminal. Points are shares of valid answers × 100, ± one standard error. */
export function scoreTableText(report: Report): string {
  const rows = scoreRows(report)
  const temperature = report.base.evaluation.temperature
  const cells = [
    [
      '',
      'greedy',
      `T=${temperature}`,
      'over base, greedy',
      `over base, T=${temperature}`,
      'made in',
      'scored in',
    ],
    ...rows.map((row) => [
      row.name,
      `${points(row.greedy)} ± ${points(row.greedyError)}`,
      row.sampled === null ? '–' : `${points(row.sampled)} ± ${points(row.sampledError ?? 0)}`,
      row.overBaseGreedy ? shortDifference(row.overBaseGreedy) : '–',
      row.overBaseSampled ? shortDifference(row.overBaseSampled) : '–',
      row.makeSeconds === 0 ? '–' : duration(row.makeSeconds),
      duration(row.evaluateSeconds),
    ]),
  ]
  const lines = [alignColumns(cells)]
  if (report.base.temperatures.length > 0) {
    const list = report.base.temperatures.map(
      (t) => `T=${t.temperature}: ${points(t.sampled)} ± ${points(t.standardError)}`,
    )
    lines.push(`base at other temperatures  ${list.join(', ')}`)
  }
  return lines.join('\n\n')
}

function shortDifference(comparison: Comparison): string {
  return describeDifference(comparison).replace(' points', '')
}

/** First column left, the others right; a rule under the head. */
export function alignColumns(cells: readonly (readonly string[])[]): string {
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)))
  const lines = cells.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  )
  const rule = '─'.repeat(widths.reduce((sum, width) => sum + width, 2 * (widths.length - 1)))
  return [lines[0], rule, ...lines.slice(1)].join('\n')
}
