import { expect, test } from 'vitest'
import { Program } from '../../../src/engine/onnx/program.ts'
import { prefixModels, prefixScores } from '../scoring/prefix-scores.ts'
import { compileTensorFlow } from './tensorflow-under-test.ts'

test.each(prefixModels)(
  'answers that continue a prefix have the scores of ONNX Runtime: %s',
  async (_, config) => {
    const expected = await prefixScores(config, Program.compile)
    const found = await prefixScores(config, compileTensorFlow)
    for (const [i, logp] of expected.logp.entries())
      expect(Math.abs(found.logp[i]! - logp)).toBeLessThan(1e-5)
    expect([...found.greedy]).toEqual([...expected.greedy])
  },
)
