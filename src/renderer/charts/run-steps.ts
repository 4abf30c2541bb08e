import type { StepColumns } from '../../contract/app.ts'

export type StepColumn = Exclude<keyof StepColumns, 'iteration' | 'step'>

/** All iterations on one axis of steps, each starting where the one before it ended. */
export interface RunSteps {
  iterations: {
    iteration: number
    startsAt: number
    length: number
    columns: Record<StepColumn | 'step', Float32Array>
  }[]
}
export const emptySteps: RunSteps = { iterations: [] }

const names = ['step', 'loss', 'rewardReal', 'rewardGenerated', 'accuracy'] as const

export function addSteps({ iterations }: RunSteps, added: readonly StepColumns[]): RunSteps {
  if (added.length === 0) return { iterations }
  const columnsOf = new Map(iterations.map(({ iteration, columns }) => [iteration, columns]))
  for (const part of added) {
    const before = columnsOf.get(part.iteration)
    const joined = names.map((name) => [name, join(before?.[name], part[name])] as const)
    columnsOf.set(part.iteration, Object.fromEntries(joined) as Record<(typeof names)[number], Float32Array>)
  }
  let startsAt = 0
  const placed = [...columnsOf]
    .sort(([a], [b]) => a - b)
    .map(([iteration, columns]) => {
      const length = columns.step.at(-1) ?? 0
      const from = startsAt
      startsAt += length + 1 // a gap between the iterations, so that nothing is drawn across
      return { iteration, startsAt: from, length, columns }
    })
  return { iterations: placed }
}

function join(before: Float32Array | undefined, after: Float32Array): Float32Array {
  if (!before) return after
  const all = new Float32Array(before.length + after.length)
  all.set(before)
  all.set(after, before.length)
  return all
}

/**
 * x, then for each iteration and column a raw and a smoothed line, null outside the iteration: lines of their own, so
 * that nothing is drawn from the end of one iteration to the start of the next.
 */
export function alignColumns(
  { iterations }: RunSteps,
  wanted: readonly StepColumn[],
  smoothing: number,
): (number | null)[][] {
  const length = iterations.reduce((sum, { columns }) => sum + columns.step.length, 0)
  const x: number[] = []
  const lines: (number | null)[][] = []
  for (const { startsAt, columns } of iterations) {
    const offset = x.length
    for (const step of columns.step) x.push(startsAt + step)
    for (const name of wanted) {
      const raw = Array.from<number | null>({ length }).fill(null)
      const smooth = Array.from<number | null>({ length }).fill(null)
      let smoothed = columns[name][0] ?? 0
      for (const [i, value] of columns[name].entries()) {
        smoothed = smoothing * smoothed + (1 - smoothing) * value
        raw[offset + i] = value
        smooth[offset + i] = smoothed
      }
      lines.push(raw, smooth)
    }
  }
  return [x, ...lines]
}
