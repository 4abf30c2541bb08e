import type { PlanChoice, PlanProblem, PlanWarning } from '../../contract/app.ts'

/**
 * The plan as it is edited: a PlanChoice in which a number that is being typed may be empty text. Main parses it; what is wrong comes
 * back by path.
 */
export type PlanDocument = PlanChoice

export function valueAt(document: PlanDocument, path: string): unknown {
  let value: unknown = document
  for (const key of path.split('.')) {
    if (value === null || typeof value !== 'object') return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}

/** A copy with one value changed. */
export function withValue<T>(document: T, path: string, value: unknown): T {
  const [key = '', ...rest] = path.split('.')
  const inner = (document as Record<string, unknown> | null)?.[key]
  const next = rest.length === 0 ? value : withValue(inner ?? {}, rest.join('.'), value)
  if (Array.isArray(document)) return document.map((item, i) => (String(i) === key ? next : item)) as T
  return { ...document, [key]: next }
}

/** The same value in every iteration. */
export function withValueInAll(document: PlanDocument, rest: string, value: unknown): PlanDocument {
  return document.plan.iterations.reduce(
    (changed, _, i) => withValue(changed, `plan.iterations.${i}.${rest}`, value),
    document,
  )
}

/** `path` may have `*` for any iteration. */
export function foundAt<T extends PlanProblem | PlanWarning>(all: readonly T[], path: string): T | undefined {
  const wanted = path.split('.')
  return all.find(({ path: at }) => {
    const keys = at.split('.')
    return keys.length === wanted.length && wanted.every((key, i) => key === '*' || key === keys[i])
  })
}
