import { describe } from 'vitest'
import { describeLoopOn } from '../unit/generation/loop-generation.ts'
import { compileCuda, noCard } from './card.ts'

describe.skipIf(noCard)('generation on CUDA', { timeout: 120_000 }, () => {
  describeLoopOn(compileCuda)
})
