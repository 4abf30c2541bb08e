import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { resolveRope, type RopeParameters } from '../../src/engine/model/families/rope.ts'

/** Made by make/family_goldens.py with transformers' ROPE_INIT_FUNCTIONS. */
const { cases }: { cases: RopeCase[] } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'families/rope.json'), 'utf8'),
)
interface RopeCase {
  parameters: RopeParameters
  headDim: number
  maxPositions: number
  contextLength: number | null
  inverseFrequencies: number[]
  attentionFactor: number
}

for (const { parameters, inverseFrequencies, attentionFactor, contextLength, ...sizes } of cases) {
  const { short_factor: _, long_factor: __, rope_theta: ___, ...shown } = parameters
  const at = contextLength === null ? '' : ` at ${contextLength} tokens`
  test(`the frequencies of transformers: ${JSON.stringify(shown)}${at}`, () => {
    const rope = resolveRope(parameters, { ...sizes, contextLength: contextLength ?? 0 })
    expect(rope.inverseFrequencies).toHaveLength(inverseFrequencies.length)
    // Both sides are float64 and take the same few steps.
    for (const [i, expected] of inverseFrequencies.entries())
      expect(rope.inverseFrequencies[i]! / expected).toBeCloseTo(1, 12)
    expect(rope.attentionFactor).toBeCloseTo(attentionFactor, 12)
  })
}
