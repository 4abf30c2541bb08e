/** One measured number. `ratio` compares it with what this machine could do at best; the goal is a goal for the ratio. */
export interface Figure {
  benchmark: string
  name: string
  value: number
  unit: string
  /** Share of `bound` that was reached; null where there is nothing to compare with. */
  ratio: number | null
  /** What `ratio` is a share of, with its value: "GEMM 231 GFLOP/s". */
  bound: string | null
  goal: number | null
  /** (slowest − fastest) / fastest of the samples; `value` is the fastest. */
  spread: number | null
  samples: number
  note: string
}

export type FigureInput = Pick<Figure, 'name' | 'value' | 'unit'> & Partial<Figure>

export const figure = (benchmark: string, input: FigureInput): Figure => ({
  benchmark,
  ratio: null,
  bound: null,
  goal: null,
  spread: null,
  samples: 1,
  note: '',
  ...input,
})

export const goalMet = ({ ratio, goal }: Figure): boolean | null =>
  ratio === null || goal === null ? null : ratio >= goal

const number = (x: number): string =>
  x >= 1000
    ? Math.round(x).toLocaleString('en-US')
    : x >= 100
      ? x.toFixed(0)
      : x >= 10
        ? x.toFixed(1)
        : x.toFixed(2)
const percent = (x: number | null): string => (x === null ? '–' : `${Math.round(100 * x)} %`)

/** The figures as one table of plain text, numbers to the right. */
export function figureTable(figures: readonly Figure[]): string {
  const header = ['benchmark', 'figure', 'value', 'unit', 'spread', 'ratio', 'of', 'goal', 'met', 'note']
  const rightAligned = new Set([2, 4, 5, 7])
  const rows = figures.map((f) => {
    const met = goalMet(f)
    return [
      f.benchmark,
      f.name,
      number(f.value),
      f.unit,
      percent(f.spread),
      f.ratio === null ? '–' : f.ratio.toFixed(2),
      f.bound ?? '–',
      f.goal === null ? '–' : `≥ ${f.goal.toFixed(2)}`,
      met === null ? '–' : met ? 'yes' : 'NO',
      f.note,
    ]
  })
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (rightAligned.has(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd()
  return [line(header), line(widths.map((width) => '─'.repeat(width))), ...rows.map(line)].join('\n')
}
