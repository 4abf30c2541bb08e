import type { Rope } from './model-config.ts'

/** cos and sin of position · inverse frequency, times the rope's factor, for positions 0…length−1: each [length, r/2], computed in float64. */
export function rotaryTable(rope: Rope, length: number): { cos: Float64Array; sin: Float64Array } {
  const { inverseFrequencies, attentionFactor } = rope
  const half = inverseFrequencies.length
  const cos = new Float64Array(length * half)
  const sin = new Float64Array(length * half)
  for (let i = 0; i < half; i++) {
    const frequency = inverseFrequencies[i]!
    for (let position = 0; position < length; position++) {
      cos[position * half + i] = attentionFactor * Math.cos(position * frequency)
      sin[position * half + i] = attentionFactor * Math.sin(position * frequency)
    }
  }
  return { cos, sin }
}
