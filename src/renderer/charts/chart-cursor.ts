import { lengthBefore, type IterationSteps, type RunSteps } from './run-steps.ts'
import { shownIterations, type Scope } from './plotted-columns.ts'

/** A step that the shared cursor stands on. */
export interface CursorPoint {
  known: IterationSteps
  /** Into the columns. */
  index: number
  /** On the axis of all iterations. */
  x: number
}

/** The recorded step nearest to a place on the axis; null where nothing is shown. */
export function pointAt(steps: RunSteps, scope: Scope, x: number): CursorPoint | null {
  const shown = shownIterations(steps, scope)
  const known = shown.findLast(({ startsAt }) => startsAt <= x) ?? shown[0]
  if (!known || known.length === 0) return null
  const after = Math.min(lengthBefore(known.step, x - known.startsAt), known.length - 1)
  const before = Math.max(0, after - 1)
  const target = x - known.startsAt
  const index = target - known.step[before]! < known.step[after]! - target ? before : after
  return { known, index, x: known.startsAt + known.step[index]! }
}

/** `by` recorded steps further, over the boundaries of iterations. From nowhere it starts at the end. */
export function movedCursor(steps: RunSteps, scope: Scope, x: number | null, by: number): number | null {
  const shown = shownIterations(steps, scope).filter(({ length }) => length > 0)
  const last = shown.at(-1)
  if (!last) return null
  if (x === null) return last.startsAt + last.step.at(-1)!
  const at = pointAt(steps, scope, x)
  if (!at) return null
  let place = shown.indexOf(at.known)
  let index = at.index + by
  while (index < 0 && place > 0) index += shown[--place]!.length
  while (index >= shown[place]!.length && place < shown.length - 1) index -= shown[place++]!.length
  const known = shown[place]!
  return known.startsAt + known.step[Math.max(0, Math.min(index, known.length - 1))]!
}
