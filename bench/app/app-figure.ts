/** One measured number of the app, and the most or the least that it should be. */
export interface AppFigure {
  name: string
  value: number
  unit: string
  /** null = nothing was promised. */
  most: number | null
  least: number | null
  note: string
}

export const appFigure = (
  name: string,
  value: number,
  unit: string,
  rest: Partial<Pick<AppFigure, 'most' | 'least' | 'note'>> = {},
): AppFigure => ({ name, value, unit, most: null, least: null, note: '', ...rest })

export function isMet({ value, most, least }: AppFigure): boolean | null {
  if (most === null && least === null) return null
  return (most === null || value <= most) && (least === null || value >= least)
}

const number = (value: number): string =>
  Math.abs(value) >= 100 || Number.isInteger(value)
    ? Math.round(value).toLocaleString('en-US')
    : value.toFixed(1)

export function appFigureTable(figures: readonly AppFigure[]): string {
  const rows = figures.map((figure) => [
    figure.name,
    number(figure.value),
    figure.unit,
    figure.most !== null
      ? `≤ ${number(figure.most)}`
      : figure.least !== null
        ? `≥ ${number(figure.least)}`
        : '–',
    { true: 'yes', false: 'NO', null: '–' }[String(isMet(figure)) as 'true' | 'false' | 'null'],
    figure.note,
  ])
  const header = ['figure', 'value', 'unit', 'goal', 'met', 'note']
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (i === 1 || i === 3 ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd()
  return [line(header), line(widths.map((width) => '─'.repeat(width))), ...rows.map(line)].join('\n')
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The value that `share` of them do not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}
