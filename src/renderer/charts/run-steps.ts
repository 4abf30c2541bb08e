import type { StepColumns } from '../../contract/app.ts'

export const metricNames = [
  'loss',
  'nll',
  'rewardReal',
  'rewardGenerated',
  'margin',
  'accuracy',
  'gradNorm',
  'lr',
  'tokensPerSecond',
  'entropy',
  'kl',
] as const satisfies readonly (keyof StepColumns)[]
export type MetricName = (typeof metricNames)[number]

/** Weight of what came before in the smoothed lines. */
export const smoothing = 0.86

export interface IterationSteps {
  iteration: number
  /** Where its step 0 lies on the axis of all iterations. */
  startsAt: number
  totalSteps: number
  /** Points so far; every column below has so many. */
  length: number
  step: Float32Array
  seconds: Float32Array
  raw: Record<MetricName, Float32Array>
  smooth: Record<MetricName, Float32Array>
}

/** All iterations on one axis of steps, each starting where the one before it ended. */
export interface RunSteps {
  iterations: readonly IterationSteps[]
  /** Where the axis ends: the last planned step of the last iteration that has begun. */
  end: number
}
export const emptySteps: RunSteps = { iterations: [], end: 0 }

/**
 * Steps appended in order; a step that is already there (training that started over) cuts off what follows it. Columns grow
 * in place behind the views that were handed out, so that 100,000 steps in 50 pages are not copied 50 times.
 */
export function addSteps(steps: RunSteps, added: readonly StepColumns[]): RunSteps {
  const pages = added.filter(({ iteration, step }) => iteration >= 0 && step.length > 0)
  if (pages.length === 0) return steps
  const byIteration = new Map(steps.iterations.map((known) => [known.iteration, known]))
  for (const page of pages) byIteration.set(page.iteration, append(byIteration.get(page.iteration), page))
  let startsAt = 0
  const iterations = [...byIteration.values()]
    .toSorted((a, b) => a.iteration - b.iteration)
    .map((known, i, all) => {
      const from = startsAt
      const isLast = i === all.length - 1
      startsAt += (isLast ? known.totalSteps : (known.step.at(-1) ?? 0)) + 1
      return { ...known, startsAt: from }
    })
  return { iterations, end: Math.max(1, startsAt - 1) }
}

function append(before: IterationSteps | undefined, page: StepColumns): IterationSteps {
  const first = page.step[0] ?? 0
  const kept = before ? lengthBefore(before.step, first) : 0
  const length = kept + page.step.length
  const mayOverwrite = kept === (before?.length ?? 0)
  const grow = (column: Float32Array | undefined, part: Float32Array): Float32Array =>
    grown(column, part, kept, mayOverwrite)
  const raw = {} as Record<MetricName, Float32Array>
  const smooth = {} as Record<MetricName, Float32Array>
  for (const name of metricNames) {
    raw[name] = grow(before?.raw[name], page[name])
    smooth[name] = grow(before?.smooth[name], smoothed(page[name], before?.smooth[name][kept - 1]))
  }
  return {
    iteration: page.iteration,
    startsAt: 0,
    totalSteps: Math.max(page.totalSteps, page.step.at(-1) ?? 0),
    length,
    step: grow(before?.step, page.step),
    seconds: grow(before?.seconds, page.seconds),
    raw,
    smooth,
  }
}

/** Exponential mean, from where it stood before the page; values that were not measured change nothing. */
export function smoothed(values: Float32Array, before: number | undefined): Float32Array {
  let mean = before ?? Number.NaN
  return values.map((value) => {
    if (!Number.isNaN(value))
      // As it is stored: the same to the last bit in whatever pages the values come.
      mean = Number.isNaN(mean) ? value : Math.fround(smoothing * mean + (1 - smoothing) * value)
    return mean
  })
}

/** `kept` numbers of the column and then the part, in the same memory where there is room behind it. */
function grown(
  column: Float32Array | undefined,
  part: Float32Array,
  kept: number,
  mayOverwrite: boolean,
): Float32Array {
  const length = kept + part.length
  const room = column ? column.buffer.byteLength / 4 : 0
  if (column && mayOverwrite && room >= length) {
    const longer = new Float32Array(column.buffer, 0, length)
    longer.set(part, kept)
    return longer
  }
  const buffer = new ArrayBuffer(4 * Math.max(1024, 2 * length))
  const longer = new Float32Array(buffer, 0, length)
  if (column) longer.set(column.subarray(0, kept))
  longer.set(part, kept)
  return longer
}

/** How many of the ascending steps lie before `step`. */
export function lengthBefore(steps: Float32Array, step: number): number {
  let low = 0
  let high = steps.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (steps[middle]! < step) low = middle + 1
    else high = middle
  }
  return low
}
