import type { LlamaConfig } from './llama-config.ts'

/** cos and sin of position · θ^(−2i/hd), i < hd/2, for positions 0…length−1: each [length, hd/2], computed in float64. */
export function rotaryTable(
  config: Pick<LlamaConfig, 'headDim' | 'ropeTheta'>,
  length: number,
): { cos: Float64Array; sin: Float64Array } {
  const half = config.headDim / 2
  const cos = new Float64Array(length * half)
  const sin = new Float64Array(length * half)
  for (let i = 0; i < half; i++) {
    const frequency = config.ropeTheta ** ((-2 * i) / config.headDim)
    for (let position = 0; position < length; position++) {
      cos[position * half + i] = Math.cos(position * frequency)
      sin[position * half + i] = Math.sin(position * frequency)
    }
  }
  return { cos, sin }
}
