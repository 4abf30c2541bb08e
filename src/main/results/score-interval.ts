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

const remembered = new WeakMap<object, Map<string, unknown>>()

/** What was computed of the same answers under the same name: finished evaluations do not change. */
export function rememberedOf<T>(answers: object, name: string, compute: () => T): T {
  const known = remembered.get(answers) ?? new Map<string, unknown>()
  remembered.set(answers, known)
  if (!known.has(name)) known.set(name, compute())
  return known.get(name) as T
}
