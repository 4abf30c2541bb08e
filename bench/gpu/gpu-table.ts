/** What one process of the benchmark brought. */
export interface PartResult {
  name: string
  who: 'ours' | 'PyTorch'
  failed: boolean
  lines: readonly Record<string, unknown>[]
  /** On the card; null where nvidia-smi did not say. */
  peakBytes: number | null
  note: string
}

/** Whether a comparison passed; what is no number, JSON says as null. */
export const isWithin = ({ found, allowed }: Record<string, unknown>): boolean =>
  typeof found === 'number' && found <= Number(allowed)

/** All parts as one table of plain text. */
export function gpuTable(results: readonly PartResult[]): string {
  const header = ['what', 'by', 'figure', 'value', 'unit', 'peak on card', 'note']
  const rows = results.flatMap((result) => {
    const memory = result.peakBytes === null ? '–' : `${(result.peakBytes / 1e9).toFixed(2)} GB`
    const of = (figure: string, value: string, unit: string, note = '') => [
      result.name,
      result.who,
      figure,
      value,
      unit,
      memory,
      [note, result.note].filter(Boolean).join('; '),
    ]
    const found = result.lines.flatMap((line): string[][] => figuresOf(line).map((figure) => of(...figure)))
    return found.length > 0 ? found : [of('–', '–', '')]
  })
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)))
  const print = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i === 3 ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd()
  return [print(header), print(widths.map((width) => '─'.repeat(width))), ...rows.map(print)].join('\n')
}

type FigureCells = [figure: string, value: string, unit: string, note?: string]

function figuresOf(line: Record<string, unknown>): FigureCells[] {
  const number = (key: string) => Number(line[key])
  switch (line['kind']) {
    case 'parity': {
      const within = isWithin(line) ? 'same' : 'DIFFERS'
      return [
        [
          String(line['what']),
          typeof line['found'] === 'number' ? line['found'].toExponential(1) : 'NaN',
          String(line['unit']),
          line['error'] === undefined ? `${within}: ≤ ${number('allowed')}` : String(line['error']),
        ],
      ]
    }
    case 'generate':
      return [
        [
          `batch ${line['batch']}`,
          number('tokensPerSecond').toFixed(1),
          'tokens/s',
          `first pass ${number('firstSeconds').toFixed(1)} s`,
        ],
      ]
    case 'train':
      return [
        [
          'rank 16, 8 pairs a step',
          number('pairsPerSecond').toFixed(2),
          'pairs/s',
          `step-0 loss ${number('step0Loss').toFixed(6)}`,
        ],
      ]
    case 'placement':
      return line['away'] === null ? [] : [['nodes on the processor', '', '', String(line['away'])]]
    default:
      return []
  }
}
