import type { StepColumns } from '../../contract/app.ts'

export type StepColumn = Exclude<keyof StepColumns, 'iteration' | 'step'>

/** All iterations on one axis of steps, each starting where the one before it ended. */
export interface RunSteps {
  iterations: { iteration: number; startsAt: number; length: number; columns: Record<StepColumn | 'step', Float32Array> }[]
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
  const placed = [...columnsOf].sort(([a], [b]) => a - b).map(([iteration, columns]) => {
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

/** x, and for each column a raw and a smoothed line; a gap (null) parts the iterations. */
export function alignColumns({ iterations }: RunSteps, wanted: readonly StepColumn[], smoothing: number): (number | null)[][] {
  const x: number[] = []
  const lines: (number | null)[][] = wanted.flatMap(() => [[], []])
  for (const { startsAt, columns } of iterations) {
    if (x.length > 0) {
      x.push(startsAt - 0.5)
      for (const line of lines) line.push(null)
    }
    for (let i = 0; i < columns.step.length; i++) x.push(startsAt + (columns.step[i] ?? 0))
    for (const [c, name] of wanted.entries()) {
      let smoothed = columns[name][0] ?? 0
      for (const value of columns[name]) {
        smoothed = smoothing * smoothed + (1 - smoothing) * value
        lines[2 * c]?.push(value)
        lines[2 * c + 1]?.push(smoothed)
      }
    }
  }
  return [x, ...lines]
}
