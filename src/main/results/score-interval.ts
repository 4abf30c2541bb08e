import { bootstrapMean } from '../report/paired-bootstrap.ts'

/** Above this the normal interval and the bootstrap's agree to a hundredth of its width, and cost a thousandth. */
const mostBootstrapped = 1500
const resamples = 1000

/** Mean of one value a prompt, with its 95 % interval: by bootstrap, or by the normal law where there are many prompts. */
export function scoreInterval(values: readonly number[]): { mean: number; low: number; high: number } {
  if (values.length <= mostBootstrapped) {
    const { mean, low, high } = bootstrapMean(values, { resamples })
    return { mean, low, high }
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const half = 1.96 * Math.sqrt(squares / (values.length - 1) / values.length)
  return { mean, low: mean - half, high: mean + half }
}

interface Remembered {
  byName: Map<string, unknown>
  with: WeakMap<object, Remembered>
}
const nothing = (): Remembered => ({ byName: new Map(), with: new WeakMap() })
const all = nothing()

/** What was computed of the same answers (of one model, or of two) under the same name: finished evaluations do not change. */
export function rememberedOf<T>(answers: readonly object[], name: string, compute: () => T): T {
  let at = all
  for (const one of answers) {
    const next = at.with.get(one) ?? nothing()
    at.with.set(one, next)
    at = next
  }
  if (!at.byName.has(name)) at.byName.set(name, compute())
  return at.byName.get(name) as T
}
