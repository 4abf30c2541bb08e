/** A logistic regression of wins on the difference of lengths. */
export interface LengthControl {
  /** Logit of a win between answers of equal length. */
  intercept: number
  /** Per unit of tanh(Δtokens / sd). */
  slope: number
}

/**
 * Keeps the estimate finite where length (or nothing) separates wins from losses: half a pair's worth of doubt about the
 * intercept, and about the slope.
 */
const ridge = 0.5
const mostSteps = 50

/**
 * P(win_i) = σ(a + b · tanh(Δ_i / sd(Δ))), as in length-controlled AlpacaEval without its difficulty term: Δ_i = tokens of the
 * model's answer − the other's, sd over the pairs around 0. Maximum likelihood with a ridge of 0.5 · (a² + b²) / 2, by Newton's
 * method; ties have weight ½ on either side. `outcomes`: 1, ½ or 0.
 */
export function fitLengthControl(outcomes: readonly number[], lengths: readonly number[]): LengthControl {
  const n = outcomes.length
  const sd = Math.sqrt(lengths.reduce((sum, length) => sum + length * length, 0) / Math.max(1, n))
  const x = lengths.map((length) => (sd === 0 ? 0 : Math.tanh(length / sd)))
  let [a, b] = [0, 0]
  for (let step = 0; step < mostSteps; step++) {
    let [ga, gb, haa, hab, hbb] = [-ridge * a, -ridge * b, ridge, 0, ridge]
    for (let i = 0; i < n; i++) {
      const p = logistic(a + b * x[i]!)
      const weight = p * (1 - p)
      ga += outcomes[i]! - p
      gb += (outcomes[i]! - p) * x[i]!
      haa += weight
      hab += weight * x[i]!
      hbb += weight * x[i]! * x[i]!
    }
    const determinant = haa * hbb - hab * hab
    const da = (hbb * ga - hab * gb) / determinant
    const db = (haa * gb - hab * ga) / determinant
    a += da
    b += db
    if (Math.abs(da) + Math.abs(db) < 1e-10) break
  }
  return { intercept: a, slope: b }
}

/** The win rate at equal length. */
export const equalLengthRate = ({ intercept }: LengthControl): number => logistic(intercept)

const logistic = (value: number): number => 1 / (1 + Math.exp(-value))
