import type { FractionGroup, LiveProgress, RunView } from '../../contract/app.ts'

export interface FractionCellView {
  look: 'saved' | 'earlier' | 'now' | 'retried' | 'waiting'
  /** Of the cell that fills, 0–1. */
  share: number
}

export interface FractionRowView {
  iteration: number
  isCurrent: boolean
  saved: number
  planned: number
  retried: number
  cells: FractionCellView[]
}

/** More than this are drawn as one cell for several fractions. */
const mostCells = 120

/** The answers for training, a row an iteration. */
export function fractionRows({ fractions, progress, run }: RunView): FractionRowView[] {
  const train = fractions.filter(({ split }) => split === 'train')
  const current =
    (run.live && progress && progress.iteration >= 0 ? progress.iteration : null) ??
    train.findLast(({ saved }) => saved.length > 0)?.iteration ??
    null
  return train.map((group) => {
    const planned = group.planned ?? 0
    return {
      iteration: group.iteration,
      isCurrent: group.iteration === current,
      saved: group.saved.length,
      planned,
      retried: group.saved.filter(({ retried }) => retried).length,
      cells: cellsOf(group, planned, group.iteration === current, progress),
    }
  })
}

function cellsOf(
  { iteration, rows, saved }: FractionGroup,
  planned: number,
  isCurrent: boolean,
  progress: LiveProgress | null,
): FractionCellView[] {
  const perCell = Math.max(1, Math.ceil(planned / mostCells))
  const byIndex = new Map(saved.map((cell) => [cell.index, cell]))
  const answered = progress?.stage === 'generate' && progress.iteration === iteration ? progress.done : 0
  const savedRows = saved.reduce((sum, cell) => sum + cell.rows, 0)
  const fractionRowCount = planned > 0 && rows !== null ? rows / planned : 1
  // The next fraction that is not saved is the one that fills.
  const filling = answered > savedRows && saved.length < planned ? saved.length : -1
  const share = Math.min(1, (answered - savedRows) / fractionRowCount)
  return Array.from({ length: Math.ceil(planned / perCell) }, (_, i): FractionCellView => {
    const indices = Array.from(
      { length: Math.min(perCell, planned - i * perCell) },
      (_unused, j) => i * perCell + j,
    )
    const here = indices.filter((index) => byIndex.has(index))
    if (here.length === indices.length) {
      if (here.some((index) => byIndex.get(index)?.retried)) return { look: 'retried', share: 1 }
      return { look: isCurrent ? 'saved' : 'earlier', share: 1 }
    }
    const part = here.length + (indices.includes(filling) ? share : 0)
    return part > 0 ? { look: 'now', share: part / indices.length } : { look: 'waiting', share: 0 }
  })
}
