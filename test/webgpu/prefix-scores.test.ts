import { expect, test } from 'vitest'
import { Program } from '../../src/engine/onnx/program.ts'
import { prefixModels, prefixScores } from '../unit/scoring/prefix-scores.ts'
import { compileWebGpu, noAdapter } from './adapter.ts'

test.skipIf(noAdapter !== null).each(prefixModels)(
  'answers that continue a prefix have the scores of the processor: %s',
  async (_, config) => {
    const expected = await prefixScores(config, Program.compile)
    const found = await prefixScores(config, compileWebGpu)
    for (const [i, logp] of expected.logp.entries())
      expect(Math.abs(found.logp[i]! - logp)).toBeLessThan(1e-4)
    expect([...found.greedy]).toEqual([...expected.greedy])
  },
)
